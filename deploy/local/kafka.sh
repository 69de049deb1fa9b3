# shellcheck shell=bash
# Runs one Kafka broker (KRaft, without ZooKeeper) in its own folder, for the local stack and for tests. Needs
# common.sh and install.sh.

# kafka_command DIR [JVM OPTION...]: sets the array KAFKA_COMMAND to the command that runs the broker in the
# foreground.
kafka_command() {
    local dir=$1
    shift
    KAFKA_COMMAND=(java -Xmx512m "$@" "-Dlog4j2.configurationFile=$WAYBILL_ROOT/deploy/kafka/log4j2.properties"
        -cp "$KAFKA_LIBS/*" kafka.Kafka "$dir/server.properties")
}

# java_text TEXT: prints it for a .properties file, which Java reads as ISO 8859-1
java_text() {
    "$PYTHON" -c 'import json, sys; print(json.dumps(sys.argv[1])[1:-1])' "$1"
}

# The users of a secured broker: the broker itself; admin, which creates topics and ACLs; operator, for orderctl; and the
# programs.
KAFKA_USERS=(broker admin operator order_svc payment_svc inventory_svc notification_svc outbox_relay)

# make_kafka_passwords DIR: writes a password file for each user, and keeps files that exist. Kafka takes the whole file
# as the password, so the file has no line break at its end.
make_kafka_passwords() {
    local user
    mkdir -p "$1"
    chmod 700 "$1"
    for user in "${KAFKA_USERS[@]}"; do
        [[ -s $1/$user ]] || (umask 077 && printf %s "$(random_secret)" >"$1/$user")
    done
}

# kafka_secure DIR PORT CONTROLLER_PORT TLS_DIR SECRETS [PLAIN_PORT]: writes DIR/extra.properties; call it before
# kafka_prepare. PLAIN_PORT, for tests only, adds a listener in plain text, where everyone may do everything.
kafka_secure() {
    local user logins plain='' more=''
    # shellcheck disable=SC2016 # for Kafka to expand
    logins='org.apache.kafka.common.security.plain.PlainLoginModule required username="broker" password="${directory:'$(java_text "$5")':broker}"'
    for user in "${KAFKA_USERS[@]}"; do logins+=" user_$user=\"\${directory:$(java_text "$5"):$user}\""; done
    if [[ -n ${6:-} ]]; then plain="PLAINTEXT://127.0.0.1:$6," more=";User:ANONYMOUS"; fi
    mkdir -p "$1"
    render "$WAYBILL_ROOT/deploy/kafka/secure.properties.in" "PORT=$2" "CONTROLLER_PORT=$3" "PLAIN_LISTENER=$plain" \
        "TLS=$(java_text "$4")" "SECRETS=$(java_text "$5")" "LOGINS=$logins;" "MORE_SUPER_USERS=$more" |
        write_if_changed "$1/extra.properties"
}

# kafka_prepare DIR PORT CONTROLLER_PORT: writes the settings, with those in DIR/extra.properties last, so
# that they override ours. The first time, formats the storage with the arguments in DIR/format.arguments,
# which has one per line.
kafka_prepare() {
    local dir=$1 id arguments=()
    [[ -f $KAFKA_LIBS/pom.xml ]] || die "Kafka's jars are missing from $KAFKA_LIBS; ./dev up downloads them"
    mkdir -p "$dir"
    {
        render "$WAYBILL_ROOT/deploy/kafka/server.properties.in" "PORT=$2" "CONTROLLER_PORT=$3" "DATA=$(java_text "$dir/data")"
        [[ ! -f $dir/extra.properties ]] || cat "$dir/extra.properties"
    } | write_if_changed "$dir/server.properties"
    [[ -f $dir/data/meta.properties ]] && return
    # Kafka's cluster id: 16 random bytes in URL-safe base64.
    id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c1-22)
    [[ $id == -* ]] && id=A${id:1}
    [[ ! -f $dir/format.arguments ]] || mapfile -t arguments <"$dir/format.arguments"
    rm -rf "$dir/data"
    java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$KAFKA_LIBS/*" \
        "-Dlog4j2.configurationFile=$WAYBILL_ROOT/deploy/kafka/log4j2.properties" \
        kafka.tools.StorageTool format --cluster-id "$id" --config "$dir/server.properties" "${arguments[@]}"
}

# kafka_has_started LOG FROM: succeeds if the log says so after byte FROM.
kafka_has_started() {
    tail -c "+$(($2 + 1))" "$1" 2>/dev/null | grep -q 'Kafka Server started'
}

kafka_pid() { # kafka_pid DIR: prints the running broker's pid, or nothing
    local pid
    pid=$(cat "$1/kafka.pid" 2>/dev/null) || return 0
    if is_alive "$pid" && tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF "$1/server.properties"; then
        echo "$pid"
    fi
}

# kafka_start DIR: starts the broker in the background, in a session of its own, and waits until it is ready,
# for at most 120 s. Its log is DIR/kafka.log. KAFKA_JVM_OPTIONS replaces the options that make it start
# quickly.
kafka_start() {
    local dir=$1 pid from options
    [[ -z $(kafka_pid "$dir") ]] || return 0
    read -ra options <<<"${KAFKA_JVM_OPTIONS--XX:TieredStopAtLevel=1 -XX:+UseSerialGC}"
    touch "$dir/kafka.log"
    from=$(stat -c %s "$dir/kafka.log")
    kafka_command "$dir" "${options[@]}"
    setsid "${KAFKA_COMMAND[@]}" >>"$dir/kafka.log" 2>&1 </dev/null &
    pid=$!
    echo "$pid" >"$dir/kafka.pid"
    # shellcheck disable=SC2317 # called by wait_until
    kafka_ready_or_dead() { is_dead "$pid" || kafka_has_started "$dir/kafka.log" "$from"; }
    if ! wait_until 120 kafka_ready_or_dead || is_dead "$pid"; then
        tail -n 20 "$dir/kafka.log" >&2
        return 1
    fi
}

kafka_signal() { # kafka_signal DIR SIGNAL SECONDS: sends the signal, and waits for the broker's end
    local pid
    pid=$(kafka_pid "$1")
    [[ -n $pid ]] || return 0
    kill "-$2" "$pid" 2>/dev/null || true
    wait_until "$3" is_dead "$pid"
}

kafka_kill() { kafka_signal "$1" KILL 10 || die "Kafka in $1 is still running 10 s after SIGKILL"; }

kafka_stop() { kafka_signal "$1" TERM 20 || kafka_kill "$1"; }
