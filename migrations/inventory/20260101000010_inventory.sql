-- migrate:up

CREATE TABLE stock (
    product_id text   PRIMARY KEY,
    on_hand    bigint NOT NULL CHECK (on_hand >= 0),
    reserved   bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0 AND reserved <= on_hand)
) WITH (fillfactor = 50);

CREATE TABLE reservations (
    order_id       uuid        PRIMARY KEY,
    state          text        NOT NULL CHECK (state IN ('WAITING', 'RESERVED', 'REJECTED', 'RELEASED')),
    items_known    boolean     NOT NULL DEFAULT false,
    payment_confirmed boolean  NOT NULL DEFAULT false,
    event_sequence bigint      NOT NULL DEFAULT 0,
    updated_at     timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);

-- The same product on two lines of an order is one row here.
CREATE TABLE reservation_items (
    order_id   uuid   NOT NULL REFERENCES reservations,
    product_id text   NOT NULL,
    quantity   bigint NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, product_id)
);

GRANT SELECT, INSERT, UPDATE ON stock, reservations TO waybill_service;
GRANT SELECT, INSERT ON reservation_items TO waybill_service;

-- migrate:down

DROP TABLE reservation_items;
DROP TABLE reservations;
DROP TABLE stock;
