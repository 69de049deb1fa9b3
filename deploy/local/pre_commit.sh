#!/usr/bin/env bash
# Checks what is staged, as it is staged: formatting, shell scripts and protos. Called by the hook that
# ./dev hooks installs, from the worktree's root. Takes well under 2 s; clang-tidy and tests are for
# ./dev lint and ./dev test.
set -euo pipefail

# shellcheck source=common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/common.sh"
# shellcheck source=install.sh
source "$WAYBILL_ROOT/deploy/local/install.sh"

cd "$WAYBILL_ROOT"
STAGED=$(mktemp -d)
trap 'rm -rf "$STAGED"' EXIT
failures=0

staged() { # staged PATTERN...: NUL-separated, without what is deleted
    git diff --cached --name-only --no-renames --diff-filter=d -z -- "$@"
}

# check TITLE TOOL COMMAND...: the command runs where the staged files are.
check() {
    local title=$1 tool=$2
    shift 2
    if ! command -v "$tool" >/dev/null; then
        echo "$title: not checked, $tool is missing; ./dev hooks installs it" >&2
    elif ! (cd "$STAGED" && "$@") >&2; then
        failures=$((failures + 1))
        echo "$title: see above" >&2
    fi
}

# The tools' settings, what a script may source and what a proto may import come along.
git ls-files -z --cached -- '*.sh' dev .ci/run .clang-format .shellcheckrc proto |
    git checkout-index -z --stdin --prefix="$STAGED/"
mapfile -d '' -t sources < <(staged '*.cc' '*.h')
mapfile -d '' -t scripts < <(staged '*.sh' dev .ci/run)
mapfile -d '' -t protos < <(staged 'proto/*.proto' proto/buf.yaml)

if ((${#sources[@]})); then
    printf '%s\0' "${sources[@]}" | git checkout-index -z --stdin --prefix="$STAGED/"
    check "Formatting" clang-format clang-format --dry-run -Werror "${sources[@]}"
fi
if ((${#scripts[@]})); then
    check "Shell scripts" shellcheck shellcheck "${scripts[@]}"
fi
if ((${#protos[@]})); then
    check "Protos" "$BUF" "$BUF" lint proto
fi

((failures == 0)) || die "nothing is committed: mend what is above (./dev fmt formats), git add it and commit again"
