# shellcheck shell=bash
# Formatting and static checks. Needs common.sh, install.sh and build.sh.

# sources PATTERN...: the repository's own files, NUL-separated, also those not yet added to git.
sources() {
    git -C "$WAYBILL_ROOT" ls-files -z --cached --others --exclude-standard --deduplicate -- "$@" |
        while IFS= read -r -d '' file; do
            [[ ! -f $WAYBILL_ROOT/$file ]] || printf '%s\0' "$WAYBILL_ROOT/$file"
        done
}

format_sources() {
    with_lock install install_packages packages-lint.txt
    sources '*.cc' '*.h' | xargs -0 -r clang-format -i
}

check_format() { sources '*.cc' '*.h' | xargs -0 -r clang-format --dry-run -Werror; }

check_shell() { sources '*.sh' dev .ci/run | xargs -0 -r shellcheck; }

check_protos() { (cd "$WAYBILL_ROOT/proto" && "$BUF" lint); }

# The contract clients rely on: the last release, or the commit before this one while there is none.
check_proto_changes() {
    local base before status=0
    base=$(git -C "$WAYBILL_ROOT" describe --tags --abbrev=0 2>/dev/null) || base=HEAD~1
    git -C "$WAYBILL_ROOT" cat-file -e "$base:proto/buf.yaml" 2>/dev/null || {
        echo "nothing to compare with: $base has no protos"
        return 0
    }
    before=$(mktemp -d)
    git -C "$WAYBILL_ROOT" archive "$base" proto | tar -x -C "$before"
    (cd "$WAYBILL_ROOT/proto" && "$BUF" breaking --against "$before/proto") || status=$?
    rm -rf "$before"
    return "$status"
}

check_tidy() {
    run-clang-tidy -quiet -p "$BUILD_DIR" "^$WAYBILL_ROOT/(platform|[a-z]+_svc|outbox_relay|tools)/.*\\.cc$"
}

lint() {
    local lists=(packages-lint.txt)
    case ${1:-} in
        '') ;;
        --tidy) lists+=(packages-tidy.txt) ;;
        *) die "./dev lint [--tidy]" ;;
    esac
    with_lock install install_packages "${lists[@]}"
    with_lock install install_downloads
    step "Formatting (clang-format)" check_format
    step "Shell scripts (shellcheck)" check_shell
    step "Protos (buf lint)" check_protos
    step "Changes of protos (buf breaking)" check_proto_changes
    if [[ ${1:-} == --tidy ]]; then
        with_lock install install_packages packages.txt
        with_lock build build
        step "Sources (clang-tidy)" check_tidy
    fi
}
