# shellcheck shell=bash
# Runs a private PostgreSQL cluster in its own folder, for the local stack and for tests. It listens on
# 127.0.0.1 only, and has no Unix socket, whose path would have a length limit. Needs common.sh.
#
# DIR/cluster is the data folder. PostgreSQL refuses to run as root; for root, it runs as the user postgres,
# and if that user can't access DIR, DIR/cluster is a link to a folder below /var/lib.

postgres_bin() {
    local found
    found=$(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1)
    [[ -x $found ]] || die "PostgreSQL's server is not installed; ./dev up installs it"
    echo "${found%/postgres}"
}

# Prints the user that the server runs as.
postgres_user() {
    if ((EUID == 0)); then echo postgres; else id -un; fi
}

as_postgres() {
    if ((EUID == 0)); then (cd / && runuser -u postgres -- "$@"); else (cd / && "$@"); fi
}

postgres_data() { readlink -f "$1/cluster"; }

make_cluster_folder() {
    local dir=$1 elsewhere
    mkdir -p "$dir"
    if ((EUID != 0)); then
        mkdir -m 700 "$dir/cluster"
    elif as_postgres test -x "$dir"; then
        install -d -m 700 -o postgres "$dir/cluster"
    else
        elsewhere=/var/lib/waybill/$(sha256sum <<<"$(readlink -f "$dir")" | cut -c1-16)
        rm -rf "$elsewhere"
        install -d -m 755 /var/lib/waybill
        install -d -m 700 -o postgres "$elsewhere"
        ln -s "$elsewhere" "$dir/cluster"
    fi
}

postgres_remove() { # postgres_remove DIR: deletes the data
    [[ -e $1/cluster || -L $1/cluster ]] || return 0
    rm -rf "$(postgres_data "$1")"
    rm -rf "$1/cluster"
}

# postgres_init DIR scram|trust [PASSWORD]: creates the cluster unless it exists. With trust, anyone on this
# machine can log in as any role, which is for tests only.
postgres_init() {
    local dir=$1 auth=$2 password=${3:-} data pwfile options=()
    [[ -f $dir/cluster/initialised ]] && return
    postgres_remove "$dir"
    make_cluster_folder "$dir"
    data=$(postgres_data "$dir")
    pwfile=$(as_postgres mktemp)
    as_postgres tee "$pwfile" <<<"${password:-unused}" >/dev/null
    if [[ $auth == trust ]]; then options=(--auth=trust --no-sync); else options=(--auth=scram-sha-256); fi
    as_postgres "$(postgres_bin)/initdb" -D "$data" -U postgres --encoding=UTF8 --locale=C.UTF-8 \
        "--pwfile=$pwfile" "${options[@]}"
    as_postgres rm -f "$pwfile"
    as_postgres tee -a "$data/postgresql.conf" <<<"include 'waybill.conf'" >/dev/null
    as_postgres touch "$data/initialised"
}

# postgres_configure DIR PORT [durable|fast]: writes the settings, which take effect at the next start. With
# `fast`, commits survive the death of any process but not that of the machine, which is for tests only.
postgres_configure() {
    local data
    data=$(postgres_data "$1")
    render "$WAYBILL_ROOT/deploy/postgres/postgresql.conf.in" "PORT=$2" |
        cat - "$WAYBILL_ROOT/deploy/postgres/${3:-durable}.conf" |
        as_postgres tee "$data/waybill.conf" >/dev/null
}

# postgres_offer_tls DIR CERTIFICATE KEY: call it after postgres_configure. From its next start the server also accepts
# connections with TLS.
postgres_offer_tls() {
    local data
    data=$(postgres_data "$1")
    as_postgres tee "$data/waybill.crt" <"$2" >/dev/null
    as_postgres install -m 600 /dev/null "$data/waybill.key"
    as_postgres tee "$data/waybill.key" <"$3" >/dev/null
    as_postgres tee -a "$data/waybill.conf" >/dev/null <<'END'
ssl = on
ssl_cert_file = 'waybill.crt'
ssl_key_file = 'waybill.key'
END
}

postgres_require_tls() { # postgres_require_tls DIR CERTIFICATE KEY: as postgres_offer_tls, and plain text is refused
    local data
    data=$(postgres_data "$1")
    postgres_offer_tls "$@"
    as_postgres tee "$data/waybill_hba.conf" >/dev/null <<'END'
hostssl all         all 127.0.0.1/32 scram-sha-256
hostssl replication all 127.0.0.1/32 scram-sha-256
END
    as_postgres tee -a "$data/waybill.conf" <<<"hba_file = '$data/waybill_hba.conf'" >/dev/null
}

postgres_is_ready() { # postgres_is_ready PORT: succeeds if the server accepts connections
    "$(postgres_bin)/pg_isready" -q -h 127.0.0.1 -p "$1" -t 1
}

# postgres_start DIR: starts the server and waits until it answers, for at most 120 s. Its log is
# DIR/postgres.log.
postgres_start() {
    local data
    data=$(postgres_data "$1")
    as_postgres "$(postgres_bin)/pg_ctl" -D "$data" -w -t 120 -s start >>"$1/postgres.log" 2>&1 </dev/null || {
        tail -n 20 "$1/postgres.log" >&2
        return 1
    }
}

postgres_pid() { # postgres_pid DIR: prints the running server's pid, or nothing
    local pid
    pid=$(head -n 1 "$1/cluster/postmaster.pid" 2>/dev/null) || return 0
    if is_alive "$pid" && [[ $(<"/proc/$pid/comm") == postgres ]]; then echo "$pid"; fi
}

postgres_stop() { # postgres_stop DIR: stops it cleanly, or kills it after 20 s
    local pid
    pid=$(postgres_pid "$1")
    [[ -n $pid ]] || return 0
    kill -INT "$pid" 2>/dev/null || true
    wait_until 20 is_gone "$pid" || postgres_kill "$1"
}

# postgres_kill DIR: sends SIGKILL to the server and all its backends, as if the machine had lost them.
postgres_kill() {
    local pid children
    pid=$(postgres_pid "$1")
    [[ -n $pid ]] || return 0
    # Stop the server first, so that it starts no new child while its children are listed.
    kill -STOP "$pid"
    children=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null) || true
    # shellcheck disable=SC2086 # a list of pids
    kill -KILL "$pid" $children 2>/dev/null || true
    for pid in $pid $children; do
        wait_until 10 is_gone "$pid" || die "PostgreSQL process $pid is still there 10 s after SIGKILL"
    done
}
