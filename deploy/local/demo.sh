# shellcheck shell=bash
# A few products and one order through the public API. Needs common.sh and services.sh.

orderctl() {
    "$BIN_DIR/orderctl" --user demo --orders "127.0.0.1:${PORT[order_svc]}" \
        --inventory "127.0.0.1:${PORT[inventory_svc]}" "$@"
}

seed_products() {
    orderctl product set tea-assam "Assam, 250 g" EUR 790
    orderctl product set tea-sencha "Sencha, 100 g" EUR 1250
    orderctl product set teapot "Teapot, 1 l" EUR 3400
    # More than demo orders will ever reserve: stock can't be set below what is reserved.
    orderctl stock set tea-assam 1000000
    orderctl stock set tea-sencha 1000000
    orderctl stock set teapot 1000000
}

database_conninfo() { echo "host=127.0.0.1 port=${PORT[postgres]} dbname=$1 user=waybill"; }

place_demo_order() {
    local order
    order=$(orderctl place --quiet --item tea-assam:2 --item teapot:1 --email demo@waybill.example \
        --payment-method pm_card_visa)
    echo
    echo "Order $order, milliseconds since placing:"
    orderctl timeline "$order" --wait --orders-db "$(database_conninfo orders)" \
        --payments-db "$(database_conninfo payments)" --inventory-db "$(database_conninfo inventory)" \
        --notifications-db "$(database_conninfo notifications)"
}
