#!/usr/bin/env bash
# Controls a throwaway PostgreSQL server for tests, on loopback, which lets anyone log in as any role:
#
#   postgres_ctl.sh start DIR PORT       starts it, and creates it first if needed; it is ready when
#                                        this returns. If WAYBILL_TEST_TLS names a folder of tls.sh, it
#                                        takes connections with TLS, too
#   postgres_ctl.sh templates DIR PORT   creates the roles and a migrated template database for each of
#                                        Waybill's, for CREATE DATABASE ... TEMPLATE orders_template
#   postgres_ctl.sh stop DIR PORT        stops it cleanly
#   postgres_ctl.sh kill DIR PORT        sends SIGKILL to the server and its backends; `start` recovers
#   postgres_ctl.sh freeze DIR PORT      sends SIGSTOP to the server and its backends, which then answer
#                                        nothing until `thaw`
#   postgres_ctl.sh thaw DIR PORT        sends them SIGCONT
#   postgres_ctl.sh follow DIR PORT      creates a standby of it in DIR.standby, on its own port
#   postgres_ctl.sh failover DIR PORT    kills it and promotes its standby, which takes over the port
#   postgres_ctl.sh remove DIR PORT      kills both and deletes their data
set -euo pipefail

# shellcheck source=../../deploy/local/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../deploy/local/common.sh"
# shellcheck source=../../deploy/local/install.sh
source "$WAYBILL_ROOT/deploy/local/install.sh"
# shellcheck source=../../deploy/local/postgres.sh
source "$WAYBILL_ROOT/deploy/local/postgres.sh"
# shellcheck source=../../deploy/local/migrate.sh
source "$WAYBILL_ROOT/deploy/local/migrate.sh"

make_template() { # make_template DATABASE: migrates DATABASE_template
    admin_psql "$PORT_WANTED" -c "CREATE DATABASE $1_template OWNER waybill"
    migrate_up "$PORT_WANTED" "$1_template" "$1"
}

make_templates() {
    local database pids=() pid failed=0
    create_roles "$PORT_WANTED"
    for database in "${DATABASES[@]}"; do
        make_template "$database" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
    return "$failed"
}

follow() {
    local port
    port=$("$PYTHON" "$WAYBILL_ROOT/deploy/local/ports.py" free 1)
    make_cluster_folder "$STANDBY"
    as_postgres "$(postgres_bin)/pg_basebackup" -h 127.0.0.1 -p "$PORT_WANTED" -U postgres \
        -D "$(postgres_data "$STANDBY")" --write-recovery-conf --checkpoint=fast --no-sync
    postgres_configure "$STANDBY" "$port" fast
    postgres_start "$STANDBY"
}

failover() {
    postgres_kill "$DIR"
    postgres_stop "$STANDBY"
    postgres_configure "$STANDBY" "$PORT_WANTED" fast
    postgres_start "$STANDBY"
    as_postgres "$(postgres_bin)/pg_ctl" -D "$(postgres_data "$STANDBY")" -w promote
}

signal_all() { # signal_all SIGNAL: the server first, so that it starts no child meanwhile
    local pid
    pid=$(postgres_pid "$DIR")
    kill "-$1" "$pid"
    # shellcheck disable=SC2046 # a list of pids
    kill "-$1" $(cat "/proc/$pid/task/$pid/children")
}

remove() { # remove DIR
    postgres_kill "$1"
    postgres_remove "$1"
    rm -rf "$1"
}

(($# == 3)) || die "usage: postgres_ctl.sh start|templates|stop|kill|freeze|thaw|follow|failover|remove DIR PORT"
DIR=$(readlink -m "$2")
STANDBY=$DIR.standby
PORT_WANTED=$3
case $1 in
    start)
        postgres_init "$DIR" trust
        postgres_configure "$DIR" "$PORT_WANTED" "${POSTGRES_SETTINGS:-fast}"
        if [[ -n ${WAYBILL_TEST_TLS:-} ]]; then
            postgres_offer_tls "$DIR" "$WAYBILL_TEST_TLS/services.crt" "$WAYBILL_TEST_TLS/services.key"
        fi
        postgres_start "$DIR"
        ;;
    templates) make_templates ;;
    stop) postgres_stop "$DIR" ;;
    kill) postgres_kill "$DIR" ;;
    freeze) signal_all STOP ;;
    thaw) signal_all CONT ;;
    follow) follow ;;
    failover) failover ;;
    remove)
        remove "$STANDBY"
        remove "$DIR"
        ;;
    *) die "postgres_ctl.sh: \"$1\" is none of start, templates, stop, kill, freeze, thaw, follow, failover and remove" ;;
esac
