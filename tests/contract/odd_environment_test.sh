#!/usr/bin/env bash
# The stack's scripts work below a folder with an umlaut and a space, in any locale, and behind a proxy.
#
#   odd_environment_test.sh    needs Kafka's jars, which tests/support/stack.sh has downloaded
set -euo pipefail

ROOT=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
CHECKOUT="$WORK/Größe und Maß/waybill"
KAFKA_DIR="$CHECKOUT/.local/kafka/broker"
failures=0

in_checkout() { # in_checkout LOCALE COMMAND...: runs it as a user of that locale and of a proxy would
    env -u LC_ALL -u NO_PROXY LANG="$1" LC_ALL="$1" http_proxy=http://127.0.0.1:1 no_proxy=example.com "${@:2}"
}

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

mkdir -p "$CHECKOUT/.local/kafka"
cp -r "$ROOT/deploy" "$CHECKOUT"
mkdir "$CHECKOUT/tests"
cp -r "$ROOT/tests/support" "$CHECKOUT/tests"
cp -r "${WAYBILL_LOCAL:-$ROOT/.local}/kafka/libs" "$CHECKOUT/.local/kafka"
unset WAYBILL_LOCAL

for locale in C POSIX tr_TR.UTF-8; do
    # shellcheck disable=SC2016 # expanded by the inner shell
    seen=$(in_checkout "$locale" bash -c 'source "$1/deploy/local/common.sh" 2>&1
        title=INIT && echo "$LC_ALL ${title,,} $no_proxy $WAYBILL_ROOT"' - "$CHECKOUT")
    [[ $seen == "C.UTF-8 init 127.0.0.1,localhost,::1,example.com $CHECKOUT" ]] || fail "in $locale: $seen"
done

# Formats the broker's storage, with the classes and in the folder that Java finds.
# shellcheck disable=SC2016 # expanded by the inner shell
in_checkout C bash -c 'source "$1/deploy/local/common.sh" && source "$1/deploy/local/install.sh" &&
    source "$1/deploy/local/kafka.sh" && kafka_prepare "$2" 9092 9093' - "$CHECKOUT" "$KAFKA_DIR" ||
    fail "Kafka can't be run below $CHECKOUT"
[[ -f $KAFKA_DIR/data/meta.properties ]] || fail "Kafka's data isn't in $KAFKA_DIR/data"
((failures == 0)) && echo "the stack's scripts work in an odd environment"
exit "$failures"
