# shellcheck shell=bash
# Roles, databases and their migrations. Needs common.sh, install.sh and postgres.sh.
# A password, where one is needed, comes from PGPASSFILE, which psql and dbmate both read.

DATABASES=(orders payments inventory notifications sandbox)

admin_psql() { # admin_psql PORT [psql arguments]: as superuser
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

# dbmate_on PORT DATABASE MIGRATIONS VERB: dbmate's verb with the migrations of migrations/MIGRATIONS.
dbmate_on() {
    [[ -x $DBMATE ]] || die "dbmate is missing; ./dev up fetches it"
    DATABASE_URL="postgres://waybill@127.0.0.1:$1/$2?sslmode=disable" "$DBMATE" --no-dump-schema \
        --migrations-dir "$WAYBILL_ROOT/migrations/$3" "$4"
}

migrate_up() { dbmate_on "$1" "$2" "$3" migrate; }

migrate_down_all() {
    local applied
    applied=$(find "$WAYBILL_ROOT/migrations/$3" -name '*.sql' | wc -l)
    for ((; applied > 0; --applied)); do dbmate_on "$1" "$2" "$3" rollback; done
}

migrate_all() { # migrate_all PORT: every database of the local stack
    local database
    for database in "${DATABASES[@]}"; do migrate_up "$1" "$database" "$database"; done
}
