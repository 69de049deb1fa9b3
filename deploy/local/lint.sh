# shellcheck shell=bash
# Formatting and static checks. Needs common.sh, install.sh, build.sh and tidy.sh.

# In a container the checkout often belongs to another user, which git refuses unless it is told.
repo_git() { git -c "safe.directory=$WAYBILL_ROOT" -C "$WAYBILL_ROOT" "$@"; }

has_history() { repo_git rev-parse -q --verify HEAD >/dev/null 2>&1; }

# sources PATTERN...: the repository's own files, NUL-separated, also those not yet added to git; in a
# copy without its history, all that are there.
sources() {
    local file pattern patterns=()
    if ! has_history; then
        for pattern in "$@"; do patterns+=(-o -path "$WAYBILL_ROOT/$pattern"); done
        find "$WAYBILL_ROOT" -path "$WAYBILL_ROOT/.local" -prune -o -type f \( "${patterns[@]:1}" \) -print0
        return
    fi
    repo_git ls-files -z --cached --others --exclude-standard --deduplicate -- "$@" |
        while IFS= read -r -d '' file; do
            [[ ! -f $WAYBILL_ROOT/$file ]] || printf '%s\0' "$WAYBILL_ROOT/$file"
        done
}

# lint_base: the commit that "changed" counts from: where HEAD left LINT_BASE, else the last release,
# else origin/main, else the commit before HEAD; nothing where there is none of them.
lint_base() {
    local candidate base head
    has_history || return 0
    if [[ -n ${LINT_BASE:-} ]]; then
        repo_git merge-base "$LINT_BASE" HEAD ||
            die "LINT_BASE: $LINT_BASE is no commit that HEAD shares an ancestor with; fetch it, or unset LINT_BASE"
        return
    fi
    head=$(repo_git rev-parse HEAD)
    for candidate in "$(repo_git describe --tags --abbrev=0 2>/dev/null)" origin/main HEAD~1; do
        base=$(repo_git merge-base "${candidate:-/}" HEAD 2>/dev/null) || continue
        if [[ $base != "$head" ]]; then
            echo "$base"
            return
        fi
    done
}

format_sources() {
    with_lock install install_packages packages-lint.txt
    sources '*.cc' '*.h' | xargs -0 -r clang-format -i
}

check_format() { sources '*.cc' '*.h' | xargs -0 -r clang-format --dry-run -Werror; }

check_shell() { sources '*.sh' dev .ci/run | xargs -0 -r shellcheck; }

check_protos() { (cd "$WAYBILL_ROOT/proto" && "$BUF" lint); }

# Clients rely on the contract of the last release, and other branches on that of main.
check_proto_changes() {
    local base before status=0
    base=$(lint_base)
    if [[ -z $base ]] || ! repo_git cat-file -e "$base:proto/buf.yaml" 2>/dev/null; then
        echo "there are no protos to compare with at ${base:-any earlier commit}"
        return 0
    fi
    before=$(mktemp -d)
    repo_git archive "$base" proto | tar -x -C "$before"
    (cd "$WAYBILL_ROOT/proto" && "$BUF" breaking --against "$before/proto") || status=$?
    rm -rf "$before"
    return "$status"
}

lint() {
    local which=changed
    case ${1:-} in
        '') ;;
        --tidy) which=all ;;
        *) die "./dev lint [--tidy]" ;;
    esac
    with_lock install install_packages packages.txt packages-lint.txt packages-tidy.txt
    with_lock install install_downloads
    step "Formatting (clang-format)" check_format
    step "Shell scripts (shellcheck)" check_shell
    step "Protos (buf lint)" check_protos
    step "Changes of protos (buf breaking)" check_proto_changes
    check_tidy "$which"
}
