# shellcheck shell=bash
# Installs what is missing: Debian packages, Kafka's jars, dbmate, buf and squawk. Needs common.sh.

KAFKA_LIBS=$WAYBILL_LOCAL/kafka/libs
NODE_MODULES=$WAYBILL_LOCAL/npm/node_modules
case $(uname -m) in
    aarch64) DBMATE=@dbmate/linux-arm64 BUF=@bufbuild/buf-linux-aarch64 SQUAWK=@squawk-cli/linux-arm64 ;;
    *) DBMATE=@dbmate/linux-x64 BUF=@bufbuild/buf-linux-x64 SQUAWK=@squawk-cli/linux-x64 ;;
esac
DBMATE=$NODE_MODULES/$DBMATE/bin/dbmate BUF=$NODE_MODULES/$BUF/bin/buf SQUAWK=$NODE_MODULES/$SQUAWK/bin/squawk

missing_packages() { # missing_packages LIST...
    local list package command
    for list in "$@"; do
        while read -r package command; do
            [[ -z $package || $package == \#* ]] && continue
            [[ -n $command ]] && command -v "$command" >/dev/null && continue
            [[ $(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null) == ?i* ]] || echo "$package"
        done <"$WAYBILL_ROOT/deploy/local/$list"
    done
}

apt_install() {
    # RUNLEVEL=1 prevents packages from starting their services outside systemd: the stack runs its own.
    local as_root=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1)
    ((EUID == 0)) || as_root=(sudo "${as_root[@]}")
    "${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=300 update
    "${as_root[@]}" apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
        install --no-install-recommends "$@"
}

# install_packages LIST...: installs the missing packages of the lists with apt.
install_packages() {
    local missing
    command -v dpkg-query >/dev/null || die "./dev needs Debian 12, but dpkg is missing"
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            die "these packages are missing: ${missing[*]}; install them as root, or install sudo and run ./dev again"
        # Ask for the password here, where the prompt is visible; use `sudo -n` if nobody can answer.
        if [[ -t 0 ]]; then sudo -v; else sudo -n true; fi ||
            die "these packages are missing: ${missing[*]}; sudo was refused, so install them as root"
    fi
    step "Installing ${#missing[@]} Debian packages" apt_install "${missing[@]}"
}

fetch_kafka() {
    local pom=$WAYBILL_ROOT/deploy/kafka/pom.xml new=$KAFKA_LIBS.new
    cmp -s "$pom" "$KAFKA_LIBS/pom.xml" && return
    rm -rf "$new"
    mkdir -p "$new"
    mvn -B -ntp -q -Dstyle.color=never -f "$pom" dependency:copy-dependencies -DincludeScope=runtime \
        "-DoutputDirectory=$new" || {
        echo "Downloading Apache Kafka from Maven Central failed. Is it reachable? If you need a proxy or a"
        echo "mirror, configure it in ~/.m2/settings.xml, then run the same command again."
        return 1
    }
    cp "$pom" "$new/pom.xml"
    rm -rf "$KAFKA_LIBS"
    mv "$new" "$KAFKA_LIBS"
}

fetch_tools() {
    local lock=package-lock.json folder=${NODE_MODULES%/*}
    cmp -s "$WAYBILL_ROOT/deploy/npm/$lock" "$NODE_MODULES/.fetched" && return
    mkdir -p "$folder"
    cp "$WAYBILL_ROOT/deploy/npm/package.json" "$WAYBILL_ROOT/deploy/npm/$lock" "$folder"
    if ! npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund ||
        ! "$DBMATE" --version || ! "$BUF" --version || ! "$SQUAWK" --version; then
        echo "Downloading dbmate, buf and squawk from npm failed. Is the registry reachable? If you need a proxy or a"
        echo "mirror, configure it in ~/.npmrc, then run the same command again."
        return 1
    fi
    cp "$folder/$lock" "$NODE_MODULES/.fetched"
}

# install_downloads: downloads what the distribution doesn't package into WAYBILL_LOCAL, unless it is there.
install_downloads() {
    cmp -s "$WAYBILL_ROOT/deploy/kafka/pom.xml" "$KAFKA_LIBS/pom.xml" ||
        step "Downloading Apache Kafka" fetch_kafka
    cmp -s "$WAYBILL_ROOT/deploy/npm/package-lock.json" "$NODE_MODULES/.fetched" ||
        step "Downloading dbmate, buf and squawk" fetch_tools
}

install_all() {
    install_packages packages.txt
    install_downloads
}
