# shellcheck shell=bash
# Installs the git hook that checks what is about to be committed. Needs common.sh, install.sh and
# lint.sh. The checks themselves are pre_commit.sh's.

HOOK_MARK="# Installed by Waybill's ./dev hooks; ./dev hooks --remove takes it away."

# All worktrees of a clone share their hooks: each runs its own checks, and one that stands at a commit
# from before there were any has none.
hook_text() {
    cat <<END
#!/usr/bin/env bash
$HOOK_MARK
checks=\$(git rev-parse --show-toplevel)/deploy/local/pre_commit.sh
[[ ! -x \$checks ]] || exec "\$checks"
END
}

hooks() {
    local hook elsewhere
    has_history || die "$WAYBILL_ROOT is no git repository: there is nothing to hook into"
    elsewhere=$(repo_git config core.hooksPath) &&
        die "core.hooksPath sends git to $elsewhere, which is not this repository's alone;" \
            "call deploy/local/pre_commit.sh from a pre-commit hook there"
    hook=$(repo_git rev-parse --path-format=absolute --git-path hooks)/pre-commit
    if [[ -e $hook || -L $hook ]] && ! grep -qxF "$HOOK_MARK" "$hook"; then
        die "$hook is not ours, so it stays; to have both, call deploy/local/pre_commit.sh from it"
    fi
    case ${1:-} in
        '')
            with_lock install install_packages packages.txt packages-lint.txt
            with_lock install install_downloads
            mkdir -p "${hook%/*}"
            hook_text >"$hook"
            chmod +x "$hook"
            echo "Each commit is now checked by $hook; git commit --no-verify goes without."
            ;;
        --remove)
            rm -f "$hook"
            echo "Commits are no longer checked."
            ;;
        *) die "./dev hooks [--remove]" ;;
    esac
}
