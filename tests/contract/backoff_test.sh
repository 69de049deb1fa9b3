#!/usr/bin/env bash
# `./dev up` starts a program that the supervisor has put off.
set -euo pipefail

LIBRARY=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../deploy/local
WAYBILL_LOCAL=$(mktemp -d)
export WAYBILL_LOCAL
# shellcheck source=../../deploy/local/common.sh
source "$LIBRARY/common.sh"
# shellcheck source=../../deploy/local/install.sh
source "$LIBRARY/install.sh"
# shellcheck source=../../deploy/local/build.sh
source "$LIBRARY/build.sh"
# shellcheck source=../../deploy/local/services.sh
source "$LIBRARY/services.sh"

cleanup() {
    supervisor shutdown >/dev/null 2>&1 || true
    rm -rf "$WAYBILL_LOCAL"
}
trap cleanup EXIT

# Fails until the file `cured` exists; counts its starts.
cat >"$WAYBILL_LOCAL/order_svc" <<END
#!/bin/sh
echo start >>"$WAYBILL_LOCAL/starts"
test -e "$WAYBILL_LOCAL/cured" && exec sleep 600
exit 1
END
chmod +x "$WAYBILL_LOCAL/order_svc"
program_fingerprint() { sha256sum "$WAYBILL_LOCAL/order_svc"; }

program_is() { [[ $(program_table) == "order_svc $1 "* ]]; }
has_failed_often() { (($(wc -l <"$WAYBILL_LOCAL/starts") >= 3)) && program_is BACKOFF; }

mkdir -p "$CONFIG_DIR" "$RUN_DIR" "$LOG_DIR"
{
    render "$LIBRARY/config/supervisord.conf.in" "RUN_DIR=$RUN_DIR" "LOG_DIR=$LOG_DIR" \
        "SOCKET=$SUPERVISOR_SOCKET" "SUPERVISOR_USER=$( ((EUID != 0)) || echo 'user = root')"
    render_program order_svc TERM '' "$WAYBILL_LOCAL/order_svc"
    printf '\n[group:services]\nprograms = order_svc\n'
} >"$SUPERVISOR_CONF"
exec {LOCK_FD}>"$RUN_DIR/lock"
start_supervisor

start_programs order_svc || true
wait_until 120 has_failed_often || die "the program isn't in BACKOFF: $(program_table)"
touch "$WAYBILL_LOCAL/cured"
start_programs order_svc
program_is RUNNING || die "the program was not started: $(program_table)"
echo "a program in BACKOFF is started at once"
