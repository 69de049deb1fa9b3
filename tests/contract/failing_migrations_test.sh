#!/usr/bin/env bash
# A migration that fails leaves nothing behind, and goes through once what was in its way is gone.
#
#   failing_migrations_test.sh STACK_DIR    STACK_DIR is the folder of a started tests/support/stack.sh
set -euo pipefail

# shellcheck source=migrations_prologue.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/migrations_prologue.sh" "$@"

# dbmate_on takes the migrations from here, so that the test can add some.
cp -r "$WAYBILL_ROOT/migrations" "$WORK/migrations"
MIGRATIONS_DIR=$WORK/migrations

query() { psql -X -q -At -v ON_ERROR_STOP=1 "host=127.0.0.1 port=$PG_PORT user=postgres dbname=$SCRATCH" "$@"; }

# write_migration [OPTIONS]: adds the migration that stdin has, under test in all that follows.
write_migration() {
    { echo "-- migrate:up${1:-}"; cat; echo "-- migrate:down"; } >"$WORK/migrations/orders/30000101000001_under_test.sql"
}

state() { # what there is, with what dbmate has noted
    query -c "SELECT version FROM schema_migrations ORDER BY 1"
    pg_dump -h 127.0.0.1 -p "$PG_PORT" -U postgres --schema-only "$SCRATCH" | grep -v -e '^\\restrict' -e '^\\unrestrict'
}

up() { migrate_up "$PG_PORT" "$SCRATCH" orders >"$WORK/output" 2>&1; }

expect_failure() { # expect_failure TEXT: the migration fails, says TEXT and leaves nothing behind
    state >"$WORK/before"
    if up; then fail "the migration went through: $1"; fi
    grep -q "$1" "$WORK/output" || fail "it doesn't say \"$1\": $(cat "$WORK/output")"
    drop_unfinished_indexes "$PG_PORT" "$SCRATCH"
    state | diff -u "$WORK/before" - || fail "it left something behind: $1"
}

expect_success() { up || fail "it still fails: $(cat "$WORK/output")"; }

next() { # next: makes room for the next migration under test
    query -c "DELETE FROM schema_migrations WHERE version = '30000101000001'"
}

a_statement_fails_half_way() {
    write_migration <<<"SET LOCAL lock_timeout = '2s'; CREATE TABLE a (); ALTER TABLE orders ADD COLUMN b text; SELECT 1 / 0;"
    expect_failure "division by zero"
    write_migration <<<"SET LOCAL lock_timeout = '2s'; CREATE TABLE a (); ALTER TABLE orders ADD COLUMN b text;"
    expect_success
    next
}

# A reader holds its lock until it is told to end; the migration queues behind it, and new readers behind that.
a_long_transaction_holds_the_lock() {
    local reader migration
    mkfifo "$WORK/reader"
    query -o "$WORK/reader.pid" <"$WORK/reader" &
    reader=$!
    exec 8>"$WORK/reader"
    echo "BEGIN; SELECT count(*) FROM orders; SELECT pg_backend_pid();" >&8
    wait_until 60 test -s "$WORK/reader.pid" || fail "the reader doesn't read"

    write_migration <<<"SET LOCAL lock_timeout = '2s'; CREATE TABLE c (); ALTER TABLE orders ADD COLUMN d text;"
    local LOCK_PAUSES_S=(0.1)
    expect_failure "lock timeout"
    grep -q "idle in transaction" "$WORK/output" || fail "it doesn't say who holds the lock"
    query -c "SELECT count(*) FROM orders" >"$WORK/rows" || fail "readers are held up"

    # It goes through by itself when the transaction ends meanwhile.
    LOCK_PAUSES_S=(1 2 4 8)
    : >"$WORK/output"
    up 8>&- &
    migration=$!
    wait_until 60 grep -q "lock timeout" "$WORK/output" || fail "it doesn't give up"
    exec 8>&-
    wait "$reader"
    wait "$migration" || fail "it isn't run again: $(cat "$WORK/output")"
    [[ $(query -c "SELECT count(d) FROM orders") == 0 ]] || fail "the column is missing"
    next
}

an_index_fails_without_a_transaction() {
    query -c "INSERT INTO products (product_id, name, unit_price_minor, currency) VALUES ('a', 'x', 1, 'EUR'), ('b', 'x', 1, 'EUR')"
    write_migration ' transaction:false' <<<"CREATE UNIQUE INDEX CONCURRENTLY e ON products (name);"
    expect_failure "could not create unique index"
    query -c "DELETE FROM products"
    expect_success
    [[ $(query -c "SELECT indisvalid FROM pg_index WHERE indexrelid = 'e'::regclass") == t ]] || fail "the index is invalid"
    next
}

admin_psql "$PG_PORT" -c "CREATE DATABASE $SCRATCH TEMPLATE orders_template OWNER waybill"
a_statement_fails_half_way
a_long_transaction_holds_the_lock
an_index_fails_without_a_transaction
((failures == 0)) || die "$failures failures"
echo "passed"
