# shellcheck shell=bash
# Creates a few products and places one order through the public API. Needs common.sh, services.sh and
# secure.sh.

database_conninfo() { echo "$(postgres_address) dbname=$1 user=waybill"; }

# Those of stack_variables that a secure stack alone has.
SECURE_VARIABLES=(WAYBILL_TLS_CA WAYBILL_KAFKA_CONFIG WAYBILL_TOKEN_FILE)

# Prints what orderctl needs to know of this stack, one NAME=VALUE a line.
stack_variables() {
    local name
    for name in order:ORDERS payment:PAYMENTS inventory:INVENTORY notification:NOTIFICATIONS; do
        echo "WAYBILL_${name#*:}_ADDR=127.0.0.1:${PORT[${name%:*}_svc]}"
    done
    for name in "${DATABASES[@]}"; do echo "WAYBILL_${name^^}_DB=$(database_conninfo "$name")"; done
    echo "WAYBILL_KAFKA=127.0.0.1:${PORT[kafka]}"
    echo "WAYBILL_MAIL_DIR=$MAIL_DIR"
    if is_secure; then
        echo "WAYBILL_TLS_CA=$TLS_DIR/ca.crt"
        echo "WAYBILL_KAFKA_CONFIG=$KAFKA_SECRETS/operator.conf"
        echo "WAYBILL_TOKEN_FILE=$TLS_DIR/orderctl.token"
    fi
}

make_orderctl_token() {
    if is_secure; then (umask 077 && make_token demo customer operator >"$TLS_DIR/orderctl.token"); fi
}

# Runs orderctl against this stack; its options override these settings.
orderctl() {
    make_orderctl_token
    (
        unset "${SECURE_VARIABLES[@]}"
        while IFS= read -r variable; do export "${variable?}"; done < <(stack_variables)
        exec "$BIN_DIR/orderctl" "$@"
    )
}

# ./dev env: what the pages of docs/ name, for a shell.
print_environment() {
    local variable name
    make_orderctl_token
    # A shell may have them from another stack.
    echo "unset ${SECURE_VARIABLES[*]} CURL_CA_BUNDLE KAFKA_ADMIN"
    {
        stack_variables
        echo "ADMIN_DB=$(postgres_address) dbname=postgres user=postgres"
        for name in "${!METRICS_PORT[@]}"; do
            echo "${name^^}_METRICS=$(if is_secure; then echo https; else echo http; fi)://127.0.0.1:${METRICS_PORT[$name]}"
        done
        if is_secure; then
            echo "CURL_CA_BUNDLE=$TLS_DIR/bundle.crt"
            echo "KAFKA_ADMIN=--config $KAFKA_SECRETS/admin.conf --acls $WAYBILL_ROOT/deploy/kafka/acls.txt"
        fi
        echo "OUTBOX_RELAY_CONFIG=$CONFIG_DIR/outbox_relay.toml"
        echo "PGPASSFILE=$PGPASSFILE"
        echo "PGDATA=$(postgres_data "$POSTGRES_DIR")"
    } | while IFS= read -r variable; do printf 'export %s=%q\n' "${variable%%=*}" "${variable#*=}"; done
    echo "export PATH=$(printf %q "$BIN_DIR"):\"\$PATH\""
}

seed_products() {
    orderctl product set tea-assam "Assam, 250 g" EUR 790
    orderctl product set tea-sencha "Sencha, 100 g" EUR 1250
    orderctl product set teapot "Teapot, 1 l" EUR 3400
    # Demo orders never reserve that much; the stock can't be set below what is reserved.
    orderctl stock set tea-assam 1000000
    orderctl stock set tea-sencha 1000000
    orderctl stock set teapot 1000000
}

place_demo_order() {
    local order
    order=$(orderctl place --quiet --item tea-assam:2 --item teapot:1 --email demo@waybill.example \
        --payment-method pm_card_visa)
    echo
    echo "Order $order, milliseconds since placing:"
    orderctl timeline "$order" --wait --brief
}
