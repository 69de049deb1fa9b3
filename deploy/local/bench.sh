# shellcheck shell=bash
# Runs the benchmark bench/NAME against separate servers. Needs common.sh, install.sh and build.sh.

# bench NAME [ARGUMENT...]: writes the figures to WAYBILL_LOCAL/bench/NAME.json.
bench() {
    local name=${1:-}
    [[ $name == relay || $name == growth || $name == doors ]] || die "./dev bench NAME: NAME must be relay, growth or doors"
    shift
    with_lock install install_all
    with_lock build step "Building the release preset" build_release "bench_$name"
    with_lock bench measure "$name" "$@"
}

measure() { # measure NAME [ARGUMENT...]
    local name=$1
    shift
    BENCH_STACK=$WAYBILL_LOCAL/bench/stack
    trap stop_bench_stack EXIT
    # The broker runs with the optimising compiler, as in production; the tests disable it for a quicker
    # start.
    KAFKA_JVM_OPTIONS='' step "Starting PostgreSQL and Kafka" \
        "$WAYBILL_ROOT/tests/support/stack.sh" start "$BENCH_STACK"
    WAYBILL_TEST_STACK=$BENCH_STACK "$WAYBILL_ROOT/.local/build/release/bin/bench_$name" \
        --json "$WAYBILL_LOCAL/bench/$name.json" "$@"
    echo
    echo "The figures are in $WAYBILL_LOCAL/bench/$name.json."
}

stop_bench_stack() { "$WAYBILL_ROOT/tests/support/stack.sh" stop "$BENCH_STACK" >/dev/null; }
