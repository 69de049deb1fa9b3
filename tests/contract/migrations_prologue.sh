# shellcheck shell=bash
# What tests of migrations share: the scripts under test, a scratch folder (WORK) and the name of a scratch
# database (SCRATCH), which both go at the exit. Sourced with the arguments of the test: STACK_DIR.

# shellcheck source=../../deploy/local/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../deploy/local/common.sh"
# shellcheck source=../../deploy/local/install.sh
source "$WAYBILL_ROOT/deploy/local/install.sh"
# shellcheck source=../../deploy/local/migrate.sh
source "$WAYBILL_ROOT/deploy/local/migrate.sh"

[[ $# == 1 && -f $1/env ]] || die "usage: $(basename "$0") STACK_DIR (of a running test stack)"
PG_PORT=$(sed -n 's/^PGPORT=//p' "$1/env")
WORK=$(mktemp -d)
SCRATCH=$(basename "$0" .sh)_$$
trap 'admin_psql "$PG_PORT" -c "DROP DATABASE IF EXISTS $SCRATCH WITH (FORCE)" || true; rm -rf "$WORK"' EXIT
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
