-- migrate:up

-- A row is a part of an order's money that is to be given back, and what became of it. Its amount is in
-- the order's currency.
CREATE TABLE order_refunds (
    refund_id    uuid        PRIMARY KEY,
    order_id     uuid        NOT NULL REFERENCES orders,
    number       integer     NOT NULL,
    amount_minor bigint      NOT NULL CHECK (amount_minor > 0),
    state        text        NOT NULL CHECK (state IN ('REQUESTED', 'REFUNDED', 'FAILED')),
    -- The payment provider's code, if it refused.
    failure_reason text,
    requested_at timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    UNIQUE (order_id, number)
);

-- What a refund is for. One that was requested as an amount has no row here.
CREATE TABLE order_refund_items (
    refund_id  uuid    NOT NULL REFERENCES order_refunds,
    product_id text    NOT NULL,
    quantity   integer NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (refund_id, product_id)
);

-- How many rows the order has in order_refunds. A build from before this column leaves it 0.
ALTER TABLE orders ADD COLUMN refunds integer NOT NULL DEFAULT 0;

GRANT SELECT, INSERT, UPDATE ON order_refunds TO waybill_service;
GRANT SELECT, INSERT ON order_refund_items TO waybill_service;

-- migrate:down

ALTER TABLE orders DROP COLUMN refunds;
DROP TABLE order_refund_items;
DROP TABLE order_refunds;
