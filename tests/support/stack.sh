#!/usr/bin/env bash
# Starts and stops the PostgreSQL and Kafka that the tests run against, on free ports, so that they can run
# beside any local stack:
#
#   stack.sh start DIR   starts both and writes DIR/env (NAME=value lines)
#                        Both accept TLS, too. Kafka's second port requires TLS and a password, and
#                        applies ACLs, which the tests set
#   stack.sh stop DIR    stops both and deletes their data; also works after a start that failed
#
# If the ctest that started the stack is killed, the stack stops automatically.
set -euo pipefail

# shellcheck source=../../deploy/local/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../deploy/local/common.sh"
# shellcheck source=../../deploy/local/install.sh
source "$WAYBILL_ROOT/deploy/local/install.sh"
# shellcheck source=../../deploy/local/kafka.sh
source "$WAYBILL_ROOT/deploy/local/kafka.sh"
# shellcheck source=../../deploy/local/tls.sh
source "$WAYBILL_ROOT/deploy/local/tls.sh"

SUPPORT=$WAYBILL_ROOT/tests/support
# If no ctest started it, the stack stops after this many seconds.
LIFETIME_S=3600

ctest_above() { # prints the pid of the ctest among this process's ancestors, or nothing
    local pid=$$
    while ((pid > 1)); do
        if [[ $(<"/proc/$pid/comm") == ctest ]]; then
            echo "$pid"
            return
        fi
        pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status")
    done
}

watchdog() { # watchdog CTEST_PID: stops the stack when its ctest has ended, or its time is over
    local deadline=$((SECONDS + LIFETIME_S))
    while [[ $(cat "$DIR/watchdog.pid" 2>/dev/null) == "$BASHPID" ]]; do
        if [[ -n $1 ]]; then is_alive "$1" || break; else ((SECONDS < deadline)) || break; fi
        sleep 1
    done
    [[ $(cat "$DIR/watchdog.pid" 2>/dev/null) == "$BASHPID" ]] || return 0
    stop
}

# Fails if the stack belongs to another run of ctest in the same build folder.
require_ours() {
    local other
    other=$(cat "$DIR/ctest.pid" 2>/dev/null) || return 0
    if [[ -n $other && $other != "$(ctest_above)" ]] && is_alive "$other"; then
        die "another ctest (pid $other) is running in this build folder; wait for it, or kill it"
    fi
}

stop() {
    rm -f "$DIR/watchdog.pid" "$DIR/ctest.pid" "$DIR/env"
    "$SUPPORT/kafka_ctl.sh" remove "$DIR/kafka" 0 0
    "$SUPPORT/postgres_ctl.sh" remove "$DIR/postgres" 0
}

start_postgres() {
    WAYBILL_TEST_TLS=$DIR/tls "$SUPPORT/postgres_ctl.sh" start "$DIR/postgres" "$1"
    "$SUPPORT/postgres_ctl.sh" templates "$DIR/postgres" "$1"
}

start() {
    local ctest ports postgres kafka
    ctest=$(ctest_above)
    mkdir -p "$DIR"
    stop
    echo "$ctest" >"$DIR/ctest.pid"
    with_lock install install_downloads

    make_tls_files "$DIR/tls"
    make_kafka_passwords "$DIR/kafka_passwords"
    mapfile -t ports < <("$PYTHON" "$WAYBILL_ROOT/deploy/local/ports.py" free 4)
    kafka_secure "$DIR/kafka" "${ports[3]}" "${ports[2]}" "$DIR/tls" "$DIR/kafka_passwords" "${ports[1]}"
    start_postgres "${ports[0]}" &
    postgres=$!
    "$SUPPORT/kafka_ctl.sh" start "$DIR/kafka" "${ports[1]}" "${ports[2]}" &
    kafka=$!
    if ! wait "$postgres" || ! wait "$kafka"; then
        wait
        stop
        die "the test stack did not start: the messages above say why"
    fi

    cat >"$DIR/env" <<END
PGHOST=127.0.0.1
PGPORT=${ports[0]}
PGADMIN_CONNINFO=host=127.0.0.1 port=${ports[0]} user=postgres dbname=postgres
KAFKA_BROKERS=127.0.0.1:${ports[1]}
KAFKA_SECURED_BROKERS=127.0.0.1:${ports[3]}
KAFKA_PASSWORDS=$DIR/kafka_passwords
TLS=$DIR/tls
POSTGRES_CTL=$SUPPORT/postgres_ctl.sh
KAFKA_CTL=$SUPPORT/kafka_ctl.sh
PORTS=$WAYBILL_ROOT/deploy/local/ports.py
END
    setsid "$SUPPORT/stack.sh" watch "$DIR" "$ctest" >>"$DIR/watchdog.log" 2>&1 </dev/null &
    echo $! >"$DIR/watchdog.pid"
}

(($# >= 2)) || die "usage: stack.sh start|stop DIR"
DIR=$(readlink -m "$2")
case $1 in
    start | stop)
        require_ours
        "$1"
        ;;
    watch) watchdog "${3:-}" ;;
    *) die "stack.sh: \"$1\" is neither start nor stop" ;;
esac
