-- migrate:up

CREATE TABLE products (
    -- Products are listed in byte order, whatever the locale of the database.
    product_id       text COLLATE "C" PRIMARY KEY,
    name             text        NOT NULL,
    unit_price_minor bigint      NOT NULL CHECK (unit_price_minor > 0),
    currency         text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    updated_at       timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE orders (
    order_id       uuid        PRIMARY KEY,
    user_id        text        NOT NULL,
    email          text        NOT NULL,
    payment_method text        NOT NULL,
    amount_minor   bigint      NOT NULL CHECK (amount_minor > 0),
    currency       text        NOT NULL,
    state          text        NOT NULL CHECK (state IN
                     ('PLACED', 'PAYMENT_CONFIRMED', 'RESERVED', 'CONFIRMED', 'CANCELLED')),
    cancel_reason  text        CHECK (cancel_reason IN
                     ('PAYMENT_DECLINED', 'OUT_OF_STOCK', 'CUSTOMER', 'TIMED_OUT', 'PAYMENT_FAILED')),
    -- Events that came before their predecessor wait here as flags.
    payment_confirmed boolean  NOT NULL DEFAULT false,
    items_reserved    boolean  NOT NULL DEFAULT false,
    payment_captured  boolean  NOT NULL DEFAULT false,
    payment_id     uuid,
    -- This is the number of the last event that the order put into the outbox.
    event_sequence bigint      NOT NULL,
    -- This is the number of the order's last row in order_history.
    transition     integer     NOT NULL,
    traceparent    text        NOT NULL,
    placed_at      timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    deadline_at    timestamptz NOT NULL,
    CHECK ((state = 'CANCELLED') = (cancel_reason IS NOT NULL))
) WITH (fillfactor = 80);
-- It lists the caller's orders, newest first: order ids are UUIDv7, so they sort by time.
CREATE INDEX orders_by_user ON orders (user_id, order_id);
CREATE INDEX orders_open ON orders (deadline_at) WHERE state NOT IN ('CONFIRMED', 'CANCELLED');

CREATE TABLE order_lines (
    order_id         uuid    NOT NULL REFERENCES orders,
    line             integer NOT NULL,
    product_id       text    NOT NULL,
    product_name     text    NOT NULL,
    quantity         integer NOT NULL CHECK (quantity > 0),
    unit_price_minor bigint  NOT NULL,
    PRIMARY KEY (order_id, line)
);

-- A row is a transition, and is written in its transaction. WatchOrder is served from here.
CREATE TABLE order_history (
    order_id      uuid        NOT NULL REFERENCES orders,
    transition    integer     NOT NULL,
    state         text        NOT NULL,
    cancel_reason text,
    at            timestamptz NOT NULL,
    PRIMARY KEY (order_id, transition)
);

GRANT SELECT, INSERT, UPDATE ON products, orders TO waybill_service;
GRANT SELECT, INSERT ON order_lines, order_history TO waybill_service;

-- migrate:down

DROP TABLE order_history;
DROP TABLE order_lines;
DROP TABLE orders;
DROP TABLE products;
