# shellcheck shell=bash
# Creates roles and databases and runs migrations. Needs common.sh, install.sh and postgres.sh. If a password
# is needed, psql and dbmate both read it from PGPASSFILE.

# The migrations that are applied: those of this tree, or of another.
MIGRATIONS_DIR=${WAYBILL_MIGRATIONS:-$WAYBILL_ROOT/migrations}
DATABASES=(orders payments inventory notifications sandbox)
# The folders of migrations/ that make each database. dbmate takes their files together, in the order of
# their versions.
declare -A MIGRATIONS=(
    [orders]="shared request_keys retention_marks orders"
    [payments]="shared payments"
    [inventory]="shared request_keys inventory"
    [notifications]="shared notifications"
    [sandbox]="retention_marks sandbox"
)

admin_psql() { # admin_psql PORT [psql arguments]: runs psql as superuser
    local port=$1
    shift
    psql -X -q -v ON_ERROR_STOP=1 "host=127.0.0.1 port=$port user=postgres dbname=postgres" "$@"
}

create_roles() { # create_roles PORT
    admin_psql "$1" -f "$WAYBILL_ROOT/deploy/postgres/roles.sql"
}

create_databases() { # create_databases PORT
    admin_psql "$1" -f "$WAYBILL_ROOT/deploy/postgres/databases.sql"
}

# dbmate_on PORT DATABASE OF VERB: runs dbmate's verb on a database that has the migrations of OF, one of
# DATABASES.
dbmate_on() {
    local folder folders=()
    [[ -x $DBMATE ]] || die "dbmate is missing; ./dev up downloads it"
    for folder in ${MIGRATIONS[$3]}; do
        [[ ! -d $MIGRATIONS_DIR/$folder ]] || folders+=(--migrations-dir "$MIGRATIONS_DIR/$folder")
    done
    DATABASE_URL="postgres://waybill@127.0.0.1:$1/$2?sslmode=${PGSSLMODE:-disable}" "$DBMATE" --no-dump-schema \
        "${folders[@]}" "$4"
}

# An index whose CREATE INDEX CONCURRENTLY has failed stays, invalid: it is used for nothing, and only costs.
# drop_unfinished_indexes PORT DATABASE: drops those that nobody is building.
drop_unfinished_indexes() {
    psql -X -q -v ON_ERROR_STOP=1 "host=127.0.0.1 port=$1 user=waybill dbname=$2" <<'END'
SELECT format('DROP INDEX CONCURRENTLY %s', indexrelid::regclass) FROM pg_index
WHERE NOT indisvalid AND EXISTS (SELECT FROM pg_class WHERE oid = indexrelid AND relkind = 'i' AND pg_has_role(relowner, 'USAGE'))
  AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE index_relid = indexrelid)
\gexec
END
}

# Prints the sessions of a database whose transactions have been open for longer than a migration waits.
long_transactions() { # long_transactions PORT DATABASE
    admin_psql "$1" -v database="$2" <<'END'
SELECT pid, usename, application_name, state, now() - xact_start AS open_for FROM pg_stat_activity
WHERE datname = :'database' AND xact_start < now() - interval '2 s' ORDER BY xact_start
END
}

# The pauses before a migration is run again that has given up on a lock.
LOCK_PAUSES_S=(1 2 4 8)

# migrate_up PORT DATABASE OF: applies what is missing. A migration that has to wait for a lock gives up after its
# lock_timeout, so that the calls that queue behind it go on, and is run again after a pause; so is one that meets
# the services' locks in another order than they do.
migrate_up() {
    local pause output
    for pause in "${LOCK_PAUSES_S[@]}" ''; do
        drop_unfinished_indexes "$1" "$2"
        if output=$(dbmate_on "$1" "$2" "$3" migrate 2>&1); then
            echo "$output"
            return
        fi
        echo "$output"
        [[ $output == *'lock timeout'* || $output == *'deadlock detected'* ]] || return 1
        [[ -z $pause ]] || sleep "$pause"
    done
    echo "$2: another session keeps the lock that the migration needs; nothing of it is applied. Run it again when"
    echo "these have ended:"
    long_transactions "$1" "$2"
    return 1
}

migrate_down_all() { # migrate_down_all PORT DATABASE OF
    local applied
    applied=$(dbmate_on "$1" "$2" "$3" status | sed -n 's/^Applied: //p')
    for ((; applied > 0; --applied)); do dbmate_on "$1" "$2" "$3" rollback; done
}

migrate_all() { # migrate_all PORT: migrates every database of the local stack
    local database
    for database in "${DATABASES[@]}"; do migrate_up "$1" "$database" "$database"; done
}
