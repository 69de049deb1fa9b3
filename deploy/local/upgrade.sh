# shellcheck shell=bash
# Tests an upgrade from an earlier revision (docs/upgrade.md). Needs common.sh, install.sh, build.sh and lint.sh.

UPGRADE_DIR=$WAYBILL_LOCAL/upgrade
UPGRADE_PROGRAMS=(order_svc payment_svc inventory_svc notification_svc outbox_relay payment_sandbox)
# The exit status that says that the test was skipped.
SKIPPED=77

# build_before COMMIT: builds the programs of a commit, from its files alone. The compiler's cache has most of them.
build_before() {
    local tree=$UPGRADE_DIR/$1
    if [[ ! -d $tree ]]; then
        rm -rf "$UPGRADE_DIR"
        mkdir -p "$tree.new"
        repo_git archive "$1" | tar -x -C "$tree.new"
        mv "$tree.new" "$tree"
    fi
    cd "$tree" || return
    export CCACHE_BASEDIR=$tree
    [[ -f .local/build/$PRESET/build.ninja ]] || cmake --preset "$PRESET"
    timeout "${UPGRADE_BUILD_SECONDS:-1800}" cmake --build --preset "$PRESET" --target "${UPGRADE_PROGRAMS[@]}" ||
        die "the programs of $1 were not built (UPGRADE_BUILD_SECONDS: ${UPGRADE_BUILD_SECONDS:-1800})"
}

run_upgrade_test() { # run_upgrade_test COMMIT
    local tree=$UPGRADE_DIR/$1 stack=$UPGRADE_DIR/stack status=0
    WAYBILL_MIGRATIONS=$tree/migrations "$WAYBILL_ROOT/tests/support/stack.sh" start "$stack" >"$LOG_DIR/upgrade_stack.log" 2>&1 ||
        die "the test stack did not start; $LOG_DIR/upgrade_stack.log says why"
    WAYBILL_TEST_STACK=$stack WAYBILL_BEFORE=$tree/.local/build/$PRESET/bin "$BUILD_DIR/tests/upgrade_test" || status=$?
    "$WAYBILL_ROOT/tests/support/stack.sh" stop "$stack"
    return "$status"
}

# test_upgrade [REVISION]: the default is what lint compares with.
test_upgrade() {
    local revision commit
    (($# <= 1)) || die "./dev test-upgrade [REVISION]"
    revision=${1:-$(lint_base)}
    if [[ -z $revision ]]; then
        echo "SKIPPED: this copy has no history, so there is no earlier revision to upgrade from"
        return "$SKIPPED"
    fi
    commit=$(repo_git rev-parse -q --verify "$revision^{commit}") || die "$revision is no revision of this repository"
    with_lock install install_all
    with_lock build build upgrade_test orderctl "${UPGRADE_PROGRAMS[@]}"
    mkdir -p "$LOG_DIR"
    with_lock upgrade step "Building $(repo_git describe --always "$commit")" build_before "$commit"
    with_lock upgrade run_upgrade_test "$commit"
}
