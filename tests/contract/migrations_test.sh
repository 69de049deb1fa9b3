#!/usr/bin/env bash
# Migrations go up, down to nothing and up again to the same schema.
#
#   migrations_test.sh STACK_DIR    STACK_DIR is the folder of a started tests/support/stack.sh
set -euo pipefail

# shellcheck source=migrations_prologue.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/migrations_prologue.sh" "$@"

# The schema without dbmate's own table and without pg_dump's per-run token.
dump_schema() {
    pg_dump -h 127.0.0.1 -p "$PG_PORT" -U postgres --schema-only --exclude-table='schema_migrations*' \
        "$SCRATCH" | grep -v -e '^\\restrict' -e '^\\unrestrict'
}

check_up_down_up() {
    local database=$1
    admin_psql "$PG_PORT" -c "CREATE DATABASE $SCRATCH OWNER waybill"
    dump_schema >"$WORK/empty"
    migrate_up "$PG_PORT" "$SCRATCH" "$database"
    dump_schema >"$WORK/first"
    cmp -s "$WORK/empty" "$WORK/first" && fail "$database: up changes nothing"
    migrate_down_all "$PG_PORT" "$SCRATCH" "$database"
    dump_schema >"$WORK/down"
    diff -u "$WORK/empty" "$WORK/down" || fail "$database: down leaves something behind"
    migrate_up "$PG_PORT" "$SCRATCH" "$database"
    dump_schema >"$WORK/second"
    diff -u "$WORK/first" "$WORK/second" || fail "$database: the second up differs from the first"
    admin_psql "$PG_PORT" -c "DROP DATABASE $SCRATCH"
}

for database in "${DATABASES[@]}"; do check_up_down_up "$database"; done
((failures == 0)) || die "$failures failures"
echo "passed"
