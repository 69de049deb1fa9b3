# shellcheck shell=bash
# Runs the local stack's processes under a supervisor of their own, which restarts a process that dies. Needs
# common.sh, build.sh, install.sh, postgres.sh, kafka.sh, migrate.sh, tls.sh and secure.sh.

# The programs in the order in which they are shown. Servers must run before the services.
SERVERS=(postgres kafka mail_sink)
SERVICES=(payment_sandbox outbox_relay order_svc payment_svc inventory_svc notification_svc)
BINARIES=("${SERVICES[@]}" create_topics orderctl)

BIN_DIR=$BUILD_DIR/bin
CONFIG_DIR=$WAYBILL_LOCAL/config
SECRETS_DIR=$WAYBILL_LOCAL/secrets
POSTGRES_DIR=$WAYBILL_LOCAL/postgres
KAFKA_DIR=$WAYBILL_LOCAL/kafka/broker
MAIL_DIR=$WAYBILL_LOCAL/mail
API_KEY_FILE=$SECRETS_DIR/payment_api_key
# psql and the programs read their passwords from this file.
export PGPASSFILE=$SECRETS_DIR/pgpass
SUPERVISOR_CONF=$CONFIG_DIR/supervisord.conf

# The path of a Unix socket may have at most 107 bytes; supervisord appends its pid while it creates one.
SUPERVISOR_SOCKET=$RUN_DIR/supervisor.sock
if ((${#SUPERVISOR_SOCKET} > 90)); then
    SUPERVISOR_SOCKET=/tmp/waybill-$(id -u)-$(sha256sum <<<"$WAYBILL_LOCAL" | cut -c1-16).sock
fi

make_secrets() {
    local role
    mkdir -p "$SECRETS_DIR"
    chmod 700 "$SECRETS_DIR"
    [[ -f $API_KEY_FILE ]] || (umask 077 && echo "sk_test_$(random_secret)" >"$API_KEY_FILE")
    [[ -f $PGPASSFILE ]] && return
    [[ ! -e $POSTGRES_DIR/cluster ]] ||
        die "$PGPASSFILE, which has the passwords of $POSTGRES_DIR, is missing; ./dev reset deletes all data and starts afresh"
    for role in postgres waybill order_svc payment_svc inventory_svc notification_svc payment_sandbox \
        outbox_relay; do
        echo "127.0.0.1:*:*:$role:$(random_secret)"
    done | (umask 077 && cat >"$PGPASSFILE.new")
    mv "$PGPASSFILE.new" "$PGPASSFILE"
}

set_passwords() {
    awk -F: '$4 != "postgres" { printf "ALTER ROLE %s PASSWORD '\''%s'\'';\n", $4, $5 }' "$PGPASSFILE" |
        admin_psql "${PORT[postgres]}"
}

render_config() { # render_config NAME
    {
        render_template "$1"
        ! is_secure || secure_sections "$1"
    } | write_if_changed "$CONFIG_DIR/$1.toml"
}

render_template() { # render_template NAME
    render "$WAYBILL_ROOT/deploy/local/config/$1.toml.in" "PORT=${PORT[$1]:-}" \
        "METRICS_PORT=${METRICS_PORT[$1]:-}" "POSTGRES=$(postgres_address)" "KAFKA_PORT=${PORT[kafka]}" \
        "SANDBOX_PORT=${PORT[payment_sandbox]}" "MAIL_PORT=${PORT[mail_sink]}" \
        "API_KEY_FILE=$API_KEY_FILE"
}

supervisor_quote() {
    local word text=
    for word in "$@"; do text+=" \"$word\""; done
    echo "${text:1}"
}

render_program() { # render_program NAME STOP_SIGNAL USER_LINE COMMAND...
    local name=$1 signal=$2 user=$3
    shift 3
    render "$WAYBILL_ROOT/deploy/local/config/program.conf.in" "NAME=$name" "STOP_SIGNAL=$signal" \
        "USER=$user" "LOG_DIR=${LOG_DIR}" "COMMAND=$(supervisor_quote "$@")"
}

render_supervisor() {
    local name command as_postgres_line='' as_root_line=''
    if ((EUID == 0)); then as_postgres_line='user = postgres' as_root_line='user = root'; fi
    render "$WAYBILL_ROOT/deploy/local/config/supervisord.conf.in" "RUN_DIR=${RUN_DIR}" \
        "LOG_DIR=${LOG_DIR}" "SOCKET=${SUPERVISOR_SOCKET}" \
        "SUPERVISOR_USER=$as_root_line"
    render_program postgres INT "$as_postgres_line" "$(postgres_bin)/postgres" -D "$(postgres_data "$POSTGRES_DIR")"
    kafka_command "$KAFKA_DIR"
    render_program kafka TERM '' "${KAFKA_COMMAND[@]}"
    render_program mail_sink TERM '' "$PYTHON" "$WAYBILL_ROOT/tools/mail_sink.py" \
        --port "${PORT[mail_sink]}" --dir "$MAIL_DIR"
    for name in "${SERVICES[@]}"; do
        command=("$BIN_DIR/$name")
        [[ $name != outbox_relay ]] || command+=(run)
        render_program "$name" TERM '' "${command[@]}" --config "$CONFIG_DIR/$name.toml"
    done
    # The programs of a group start and stop together, not one after the other.
    printf '\n[group:servers]\nprograms = %s\npriority = 1\n' "$(IFS=,; echo "${SERVERS[*]}")"
    printf '\n[group:services]\nprograms = %s\npriority = 2\n' "$(IFS=,; echo "${SERVICES[*]}")"
}

prepare_stack() {
    local name password
    mkdir -p "$CONFIG_DIR" "$RUN_DIR" "$LOG_DIR" "$MAIL_DIR"
    make_secrets
    if is_secure; then make_secure_files; fi
    for name in "${SERVICES[@]}"; do render_config "$name"; done
    password=$(sed -n 's/.*:postgres://p' "$PGPASSFILE")
    postgres_init "$POSTGRES_DIR" scram "$password"
    postgres_configure "$POSTGRES_DIR" "${PORT[postgres]}"
    if is_secure; then postgres_require_tls "$POSTGRES_DIR" "$TLS_DIR/services.crt" "$TLS_DIR/services.key"; fi
    if is_secure; then
        kafka_secure "$KAFKA_DIR" "${PORT[kafka]}" "${PORT[kafka_controller]}" "$TLS_DIR" "$KAFKA_SECRETS"
    else
        rm -f "$KAFKA_DIR/extra.properties"
    fi
    kafka_prepare "$KAFKA_DIR" "${PORT[kafka]}" "${PORT[kafka_controller]}"
    render_supervisor | write_if_changed "$SUPERVISOR_CONF"
}

group_of() {
    if [[ " ${SERVERS[*]} " == *" $1 "* ]]; then echo "servers:$1"; else echo "services:$1"; fi
}

supervisor_pid() {
    local pid
    pid=$(cat "$RUN_DIR/supervisord.pid" 2>/dev/null) || return 0
    if is_alive "$pid" && tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF "$SUPERVISOR_CONF"; then
        echo "$pid"
    fi
}

supervisor_is_up() { [[ -n $(supervisor_pid) ]]; }

supervisor() { supervisorctl -c "$SUPERVISOR_CONF" "$@"; }

# Prints the supervisor's table with one "NAME STATE PID" per line; PID is - when there is none.
program_table() {
    # Its exit status only says whether all of them run.
    { supervisor status 2>/dev/null || true; } |
        sed -nE 's/^[a-z]+:([a-z_]+) +([A-Z]+) +(pid ([0-9]+))?.*/\1 \2 \4/p' |
        awk '{ print $1, $2, ($3 == "" ? "-" : $3) }'
}

# Identifies the files that a program was started from. If they change, the program is restarted.
program_fingerprint() {
    local files=()
    case $1 in
        postgres) files=("$(postgres_data "$POSTGRES_DIR")"/waybill.*) ;;
        kafka)
            files=("$KAFKA_DIR/server.properties" "$KAFKA_LIBS/pom.xml")
            # It reads them when it starts.
            if is_secure; then files+=("$TLS_DIR/services.pem" "$TLS_DIR/ca.crt" "$KAFKA_SECRETS"/*); fi
            ;;
        mail_sink) files=("$WAYBILL_ROOT/tools/mail_sink.py") ;;
        *)
            files=("$BIN_DIR/$1" "$CONFIG_DIR/$1.toml")
            # librdkafka reads it once.
            if is_secure; then files+=("$TLS_DIR/ca.crt"); fi
            ;;
    esac
    sha256sum "${files[@]}"
}

check_port() { # check_port PROGRAM PORT: fails with a message if another process has the port
    local owner
    if ! owner=$("$PYTHON" "$WAYBILL_ROOT/deploy/local/ports.py" owner "$2"); then
        die "port $2 of $1 is in use by $owner; stop that process, or move the whole stack to other ports:" \
            "WAYBILL_PORT_OFFSET=1000 ./dev up"
    fi
}

check_ports() { # checks before the start that the port of every program that isn't running is free
    local name running=' '
    supervisor_is_up && running=" $(program_table | awk '$3 != "-" { print $1 }' | tr '\n' ' ')"
    for name in "${!PORT[@]}"; do
        [[ $running == *" ${name%_controller} "* ]] || check_port "$name" "${PORT[$name]}"
    done
    for name in "${!METRICS_PORT[@]}"; do
        [[ $running == *" $name "* ]] || check_port "$name" "${METRICS_PORT[$name]}"
    done
}

start_supervisor() {
    if supervisor_is_up; then
        supervisor update
        return
    fi
    rm -f "$SUPERVISOR_SOCKET" "$RUN_DIR"/*.started
    # Kafka keeps many files open, and the soft limit may be low.
    ulimit -S -n "$(ulimit -H -n)" || true
    (
        exec {LOCK_FD}>&-
        # The programs go by their configuration, also when the stack is no longer a secure one.
        unset PGSSLMODE PGSSLROOTCERT
        supervisord -c "$SUPERVISOR_CONF"
    )
    wait_until 10 supervisor_is_up || die "supervisord has not started within 10 s; its log is $LOG_DIR/supervisord.log"
}

# start_programs NAME...: starts the programs that don't run, and restarts those whose files have changed. One
# in BACKOFF counts as started for the supervisor, which lets it wait for longer after each failure, up to
# minutes; a restart starts it now.
start_programs() {
    local table name start=() restart=()
    table=$(program_table)
    for name in "$@"; do
        if grep -q "^$name BACKOFF" <<<"$table"; then
            restart+=("$(group_of "$name")")
        elif ! grep -q "^$name RUNNING" <<<"$table"; then
            start+=("$(group_of "$name")")
        elif [[ $(program_fingerprint "$name") != "$(cat "$RUN_DIR/$name.started" 2>/dev/null)" ]]; then
            restart+=("$(group_of "$name")")
        fi
        program_fingerprint "$name" >"$RUN_DIR/$name.started"
    done
    if ((${#restart[@]})); then supervisor restart "${restart[@]}"; fi
    if ((${#start[@]} == $#)); then
        supervisor start "${start[0]%:*}:*"
    elif ((${#start[@]})); then
        supervisor start "${start[@]}"
    fi
}

wait_for_port() { # wait_for_port NAME: waits for at most 120 s; the relay has only its metrics port
    local listens_on=${PORT[$1]:-${METRICS_PORT[$1]:-}}
    wait_until 120 port_answers "$listens_on" && return
    echo "$1 has not answered on port $listens_on within 120 s; the end of its log ($LOG_DIR/$1.log):"
    tail -n 15 "$LOG_DIR/$1.log"
    return 1
}

start_servers() {
    start_supervisor
    start_programs "${SERVERS[@]}"
    wait_until 120 postgres_is_ready "${PORT[postgres]}" || {
        tail -n 15 "$LOG_DIR/postgres.log"
        return 1
    }
    wait_for_port kafka
    wait_for_port mail_sink
}

prepare_databases() {
    create_roles "${PORT[postgres]}"
    set_passwords
    create_databases "${PORT[postgres]}"
    migrate_all "${PORT[postgres]}"
}

create_topics() {
    local login=()
    if is_secure; then
        login=(--config "$KAFKA_SECRETS/admin.conf" --acls "$WAYBILL_ROOT/deploy/kafka/acls.txt")
    fi
    "$BIN_DIR/create_topics" --brokers "127.0.0.1:${PORT[kafka]}" --partitions 6 --replication 1 "${login[@]}"
}

start_services() {
    local name
    start_programs "${SERVICES[@]}"
    for name in "${SERVICES[@]}"; do
        wait_for_port "$name"
    done
}

# Prints the pids of this stack's programs that a killed supervisor has left behind. An argument of each
# program identifies it.
stray_pids() {
    local name arguments=(-e "$MAIL_DIR" -e "$KAFKA_DIR/server.properties")
    supervisor_is_up && return
    [[ ! -e $POSTGRES_DIR/cluster ]] || arguments+=(-e "$(postgres_data "$POSTGRES_DIR")")
    for name in "${SERVICES[@]}"; do arguments+=(-e "$CONFIG_DIR/$name.toml"); done
    { grep -slzxF "${arguments[@]}" /proc/[0-9]*/cmdline || true; } | cut -d/ -f3 |
        while read -r pid; do [[ $pid == "$$" || $pid == "$BASHPID" ]] || echo "$pid"; done
}

stop_strays() {
    local pid signal=TERM
    for pid in $(stray_pids); do
        # SIGINT is PostgreSQL's fast shutdown.
        [[ $(<"/proc/$pid/comm") == postgres ]] && signal=INT
        echo "stopping $(<"/proc/$pid/comm") (pid $pid), which lost its supervisor"
        kill "-$signal" "$pid"
        wait_until 30 is_dead "$pid" || kill -KILL "$pid"
    done
}

stop_all() {
    local pid
    pid=$(supervisor_pid)
    if [[ -n $pid ]]; then
        supervisor stop 'services:*' || true
        supervisor stop 'servers:*' || true
        supervisor shutdown || kill "$pid"
        wait_until 120 is_dead "$pid" || die "supervisord (pid $pid) is still running 120 s after the shutdown; its log is $LOG_DIR/supervisord.log"
    fi
    stop_strays
}
