# shellcheck shell=bash
# Creates roles and databases and runs migrations. Needs common.sh, install.sh and postgres.sh. If a password
# is needed, psql and dbmate both read it from PGPASSFILE.

DATABASES=(orders payments inventory notifications sandbox)
# The folders of migrations/ that make each database. dbmate takes their files together, in the order of
# their versions.
declare -A MIGRATIONS=(
    [orders]="shared request_keys orders"
    [payments]="shared payments"
    [inventory]="shared request_keys inventory"
    [notifications]="shared notifications"
    [sandbox]="sandbox"
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
    for folder in ${MIGRATIONS[$3]}; do folders+=(--migrations-dir "$WAYBILL_ROOT/migrations/$folder"); done
    DATABASE_URL="postgres://waybill@127.0.0.1:$1/$2?sslmode=disable" "$DBMATE" --no-dump-schema \
        "${folders[@]}" "$4"
}

migrate_up() { dbmate_on "$1" "$2" "$3" migrate; } # migrate_up PORT DATABASE OF

migrate_down_all() { # migrate_down_all PORT DATABASE OF
    local applied
    applied=$(dbmate_on "$1" "$2" "$3" status | sed -n 's/^Applied: //p')
    for ((; applied > 0; --applied)); do dbmate_on "$1" "$2" "$3" rollback; done
}

migrate_all() { # migrate_all PORT: migrates every database of the local stack
    local database
    for database in "${DATABASES[@]}"; do migrate_up "$1" "$database" "$database"; done
}
