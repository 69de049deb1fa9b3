#!/usr/bin/env bash
# Measures how long `orderctl verify` takes for a million orders at rest.
#
#   run.sh STACK_DIR [ORDERS]    STACK_DIR: the folder of a started tests/support/stack.sh
#
# Fills five databases (fill.sql), creates the topics, lets outbox_relay publish the outboxes, commits the
# services' offsets (consume.cc), writes one mail file per order, then runs verify. Databases, topics and
# mails stay below STACK_DIR/verify, so that verify can run again with the environment in
# STACK_DIR/verify/env.
set -euo pipefail

# shellcheck source=../../deploy/local/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../deploy/local/common.sh"
# shellcheck source=../../deploy/local/install.sh
source "$WAYBILL_ROOT/deploy/local/install.sh"
# shellcheck source=../../deploy/local/migrate.sh
source "$WAYBILL_ROOT/deploy/local/migrate.sh"

STACK=${1:?usage: run.sh STACK_DIR [ORDERS]}
ORDERS=${2:-1000000}
BIN=${WAYBILL_BIN:-$WAYBILL_ROOT/.local/build/dev/bin}
PG=$(sed -n 's/^PGPORT=//p' "$STACK/env")
BROKERS=$(sed -n 's/^KAFKA_BROKERS=//p' "$STACK/env")
DIR=$STACK/verify
EPOCH=$(date +%s)
# A new name per run, because the records of an earlier run stay on its topics.
NAME=verify_$EPOCH

fill() { # fill DATABASE
    admin_psql "$PG" -c "DROP DATABASE IF EXISTS ${NAME}_$1" -c "CREATE DATABASE ${NAME}_$1 OWNER waybill"
    migrate_up "$PG" "${NAME}_$1" "$1" >/dev/null
    MAIL_LIST=$DIR/mails.csv psql -X -q "host=127.0.0.1 port=$PG user=postgres dbname=${NAME}_$1" \
        -v "database=$1" -v "count=$ORDERS" -v "epoch=$EPOCH" -f "$WAYBILL_ROOT/bench/verify/fill.sql" >/dev/null
}

write_mails() {
    "$PYTHON" - "$DIR/mails.csv" "$DIR/mails" <<'END'
import os, sys
os.makedirs(sys.argv[2], exist_ok=True)
for number, line in enumerate(open(sys.argv[1])):
    order, mail, ms = line.split("\t")
    with open(f"{sys.argv[2]}/{int(ms) * 1000000}-{number}.eml", "w") as file:
        file.write("X-Envelope-From: orders@waybill.example\r\nX-Envelope-To: u@example.com\r\n"
                   "From: orders@waybill.example\r\nTo: u@example.com\r\nSubject: Your order\r\n"
                   f"Message-ID: <{mail}@waybill.example>\r\nX-Waybill-Order-Id: {order}\r\n\r\ntext\r\n")
END
}

publish() { # returns when the relay has published every outbox row
    local source
    {
        printf '[kafka]\nbrokers = "%s"\ntopic_prefix = "%s."\n' "$BROKERS" "$NAME"
        for source in orders payments inventory; do
            printf '[[source]]\nname = "%s"\nconninfo = "host=127.0.0.1 port=%s user=postgres dbname=%s"\n' \
                "$source" "$PG" "${NAME}_$source"
            printf 'publication = "waybill_outbox"\nslot = "%s_%s"\ntable = "outbox"\n' "$NAME" "$source"
        done
    } >"$DIR/relay.toml"
    "$BIN/create_topics" --brokers "$BROKERS" --prefix "$NAME." >/dev/null
    "$BIN/outbox_relay" run --config "$DIR/relay.toml" >"$DIR/relay.log" 2>&1 &
    local relay=$!
    # shellcheck disable=SC2064
    trap "kill $relay 2>/dev/null || true" EXIT
    wait_until 1800 has_published || die "the relay has not published everything in 1800 s; its log is $DIR/relay.log"
    kill "$relay"
    wait "$relay" || true
    "$BIN/bench_verify_consume" "$BROKERS" "$NAME."
}

has_published() { (($(grep -c '"the backfill is complete"' "$DIR/relay.log") == 3)) || { sleep 1; return 1; }; }

rm -rf "$DIR"
mkdir -p "$DIR"
began=$(now_ms)
fill orders &
orders=$!
for database in payments inventory notifications sandbox; do fill "$database"; done
wait "$orders"
echo "filled five databases with $ORDERS orders in $(seconds_since "$began")"
began=$(now_ms)
publish
echo "published the outboxes in $(seconds_since "$began")"
began=$(now_ms)
write_mails
echo "wrote the mails in $(seconds_since "$began")"
{
    for database in "${DATABASES[@]}"; do
        echo "export WAYBILL_${database^^}_DB='host=127.0.0.1 port=$PG user=postgres dbname=${NAME}_$database'"
    done
    echo "export WAYBILL_KAFKA=$BROKERS WAYBILL_TOPIC_PREFIX=$NAME. WAYBILL_MAIL_DIR=$DIR/mails"
} >"$DIR/env"
# shellcheck source=/dev/null
source "$DIR/env"
time "$BIN/orderctl" verify
