# shellcheck shell=bash
# Runs the benchmark bench/NAME against separate servers. Needs common.sh, install.sh and build.sh.

BENCHMARKS=(relay growth doors place-order)

# bench NAME [ARGUMENT...]: writes the figures to WAYBILL_LOCAL/bench/NAME.json.
bench() {
    local name=${1:-}
    [[ " ${BENCHMARKS[*]} " == *" $name "* && -n $name ]] || die "./dev bench NAME: NAME must be one of ${BENCHMARKS[*]}"
    shift
    with_lock install install_all
    with_lock build step "Building the release preset" build_release "bench_${name//-/_}"
    with_lock bench measure "$name" "$@"
}

measure() { # measure NAME [ARGUMENT...]
    local name=$1
    shift
    BENCH_STACK=$WAYBILL_LOCAL/bench/stack
    trap stop_bench_stack EXIT
    # As in production, the broker has the optimising compiler, and commits survive the death of the machine; the tests
    # do without both.
    KAFKA_JVM_OPTIONS='' POSTGRES_SETTINGS=durable step "Starting PostgreSQL and Kafka" \
        "$WAYBILL_ROOT/tests/support/stack.sh" start "$BENCH_STACK"
    WAYBILL_TEST_STACK=$BENCH_STACK "$WAYBILL_ROOT/.local/build/release/bin/bench_${name//-/_}" \
        --json "$WAYBILL_LOCAL/bench/$name.json" "$@"
    echo
    echo "The figures are in $WAYBILL_LOCAL/bench/$name.json."
}

stop_bench_stack() { "$WAYBILL_ROOT/tests/support/stack.sh" stop "$BENCH_STACK" >/dev/null; }
