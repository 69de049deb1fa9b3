# shellcheck shell=bash
# Creates a few products and places one order through the public API. Needs common.sh, services.sh and
# secure.sh.

database_conninfo() { echo "host=127.0.0.1 port=${PORT[postgres]} dbname=$1 user=waybill"; }

# Runs orderctl against this stack; its options override these settings.
orderctl() {
    local -x WAYBILL_ORDERS_ADDR=127.0.0.1:${PORT[order_svc]} \
        WAYBILL_PAYMENTS_ADDR=127.0.0.1:${PORT[payment_svc]} \
        WAYBILL_INVENTORY_ADDR=127.0.0.1:${PORT[inventory_svc]} \
        WAYBILL_NOTIFICATIONS_ADDR=127.0.0.1:${PORT[notification_svc]} \
        WAYBILL_KAFKA=127.0.0.1:${PORT[kafka]} WAYBILL_MAIL_DIR=$MAIL_DIR \
        WAYBILL_ORDERS_DB WAYBILL_PAYMENTS_DB WAYBILL_INVENTORY_DB WAYBILL_NOTIFICATIONS_DB \
        WAYBILL_SANDBOX_DB
    if is_secure; then
        local -x WAYBILL_TLS_CA=$TLS_DIR/ca.crt WAYBILL_TOKEN_FILE=$TLS_DIR/orderctl.token
        (umask 077 && make_token demo customer operator >"$WAYBILL_TOKEN_FILE")
    fi
    WAYBILL_ORDERS_DB=$(database_conninfo orders)
    WAYBILL_PAYMENTS_DB=$(database_conninfo payments)
    WAYBILL_INVENTORY_DB=$(database_conninfo inventory)
    WAYBILL_NOTIFICATIONS_DB=$(database_conninfo notifications)
    WAYBILL_SANDBOX_DB=$(database_conninfo sandbox)
    "$BIN_DIR/orderctl" "$@"
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
