# shellcheck shell=bash
# Defines what every part of the local stack shares: folders, ports, and how steps are shown. It is sourced,
# never run.

WAYBILL_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
WAYBILL_LOCAL=${WAYBILL_LOCAL:-.local}
[[ $WAYBILL_LOCAL == /* ]] || WAYBILL_LOCAL=$WAYBILL_ROOT/$WAYBILL_LOCAL
export WAYBILL_LOCAL
LOG_DIR=$WAYBILL_LOCAL/log
RUN_DIR=$WAYBILL_LOCAL/run

# One locale for all that is started from here: Java finds no file below a folder with an umlaut in the C
# locale, and in others numbers, upper case and sorting differ.
export LC_ALL=C.UTF-8 LANGUAGE=

# A proxy is for downloads; the stack's own programs are on this machine.
for name in no_proxy NO_PROXY; do
    [[ ${!name:-} == '*' ]] || export "$name=127.0.0.1,localhost,::1${!name:+,${!name}}"
done
unset name

# These folders are missing from an ordinary user's PATH, and from the one that `su` leaves to root.
PATH=$PATH:/usr/sbin:/sbin

# Debian's own interpreter has the required packages, whatever comes first in the PATH.
PYTHON=/usr/bin/python3

die() {
    printf 'waybill: %s\n' "$*" >&2
    exit 1
}

[[ $WAYBILL_ROOT$WAYBILL_LOCAL != *[%\"\'@:,\;\\]* ]] ||
    die "supervisord and Java can't use a path with a quote, a backslash or one of %@:,; move the repository ($WAYBILL_ROOT) or WAYBILL_LOCAL ($WAYBILL_LOCAL)"

offset=${WAYBILL_PORT_OFFSET:-0}
[[ $offset =~ ^-?[0-9]{1,5}$ ]] || die "WAYBILL_PORT_OFFSET must be a number, not \"$offset\""
((offset >= -6000 && offset <= 11000)) || die "WAYBILL_PORT_OFFSET must be from -6000 to 11000"
declare -A PORT=(
    [postgres]=$((54320 + offset))
    [kafka]=$((19092 + offset))
    [kafka_controller]=$((19093 + offset))
    [order_svc]=$((7101 + offset))
    [payment_svc]=$((7102 + offset))
    [inventory_svc]=$((7103 + offset))
    [notification_svc]=$((7104 + offset))
    [payment_sandbox]=$((7110 + offset))
    [mail_sink]=$((7111 + offset))
)
# The ports at which programs show their metrics, liveness and readiness over HTTP.
declare -A METRICS_PORT=(
    [order_svc]=$((7201 + offset))
    [payment_svc]=$((7202 + offset))
    [inventory_svc]=$((7203 + offset))
    [notification_svc]=$((7204 + offset))
    [outbox_relay]=$((7205 + offset))
    [payment_sandbox]=$((7210 + offset))
)
unset offset

now_ms() {
    local now=${EPOCHREALTIME/[.,]/}
    echo $((now / 1000))
}

seconds_since() { # seconds_since MS: "3.4 s"
    local ms=$(($(now_ms) - $1))
    printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
}

# Shows how long a step has been running: updates the line every second on a terminal, otherwise prints one
# line per minute.
show_progress() {
    local title=$1 log=$2 started=$3 seconds=0 last
    [[ -z ${LOCK_FD:-} ]] || exec {LOCK_FD}>&-
    while sleep 1 >/dev/null 2>&1; do
        seconds=$((seconds + 1))
        last=$(tail -c 400 "$log" 2>/dev/null | tr '\r' '\n' | sed '/^[[:space:]]*$/d' | tail -n 1)
        if [[ -t 1 ]]; then
            printf '\r\e[K  %-44s %8s  %.60s' "$title" "$(seconds_since "$started")" "$last"
        elif ((seconds % 60 == 0)); then
            printf '  %-44s %8s  %.60s\n' "$title ..." "$(seconds_since "$started")" "$last"
        fi
    done
}

# step TITLE COMMAND...: runs the command and prints one line with the time it took. The command's output goes
# to a log file. If the command fails, the end of that log is shown and the whole program exits.
step() {
    local title=$1 log started ticker status
    shift
    mkdir -p "$LOG_DIR/dev"
    log=${title,,}
    log=$LOG_DIR/dev/${log//[^a-z0-9]/_}.log
    : >"$log"
    started=$(now_ms)
    show_progress "$title" "$log" "$started" &
    ticker=$!
    # `if (...)` can't be used, because `set -e` would have no effect inside.
    set +e
    (
        set -e
        "$@"
    ) >>"$log" 2>&1 </dev/null
    status=$?
    set -e
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    [[ -t 1 ]] && printf '\r\e[K'
    if ((status == 0)); then
        printf '  %-44s %8s\n' "$title" "$(seconds_since "$started")"
        return
    fi
    printf '  %-44s %8s  FAILED\n' "$title" "$(seconds_since "$started")"
    {
        echo
        tail -n 100 "$log" | sed 's/^/    /'
        echo
        echo "waybill: \"$title\" failed; $log has the whole output"
    } >&2
    exit 1
}

# with_lock NAME COMMAND...: runs one command at a time, so that `./dev up` and `./dev test` can be started
# together. A daemon that is started inside must close LOCK_FD, or it would keep the lock.
with_lock() {
    local file=$RUN_DIR/$1.lock
    shift
    mkdir -p "$RUN_DIR"
    exec {LOCK_FD}>"$file"
    if ! flock -n "$LOCK_FD"; then
        echo "  waiting for another ./dev that does the same work ..."
        flock "$LOCK_FD"
    fi
    "$@"
    exec {LOCK_FD}>&-
    unset LOCK_FD
}

# render TEMPLATE NAME=VALUE...: prints the template with every @NAME@ replaced.
render() {
    local text pair
    text=$(<"$1")
    shift
    for pair in "$@"; do
        text=${text//"@${pair%%=*}@"/"${pair#*=}"}
    done
    if [[ $text =~ @[A-Z_]+@ ]]; then
        die "a template's placeholder ${BASH_REMATCH[0]} has no value"
    fi
    printf '%s\n' "$text"
}

# write_if_changed FILE: replaces FILE with standard input; the file's time stays if nothing has changed.
write_if_changed() {
    local new=$1.new
    cat >"$new"
    if cmp -s "$new" "$1"; then rm -f "$new"; else mv -f "$new" "$1"; fi
}

random_secret() { # prints 32 hexadecimal digits
    od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}

port_answers() { # port_answers PORT: succeeds if something listens on the port
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# wait_until SECONDS COMMAND...: returns 0 as soon as the command succeeds, 1 when the time is over.
wait_until() {
    local deadline=$(($(now_ms) + $1 * 1000))
    shift
    until "$@"; do
        (($(now_ms) < deadline)) || return 1
        sleep 0.05
    done
}

is_alive() { # is_alive PID: succeeds if the process exists and is not a zombie
    local state
    state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || true
    [[ -n $state && $state != Z && $state != X ]]
}

is_dead() { ! is_alive "$1"; }

# is_gone PID: a zombie is not gone yet, because PostgreSQL's own check of its lock file sees it as running.
is_gone() { [[ ! -e /proc/$1 ]]; }
