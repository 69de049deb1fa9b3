-- migrate:up

-- A row is a part of a captured amount that is to be given back, and what became of it.
CREATE TABLE payment_refunds (
    refund_id    uuid        PRIMARY KEY,
    order_id     uuid        NOT NULL REFERENCES payments,
    -- They are given back in this order.
    number       integer     NOT NULL,
    amount_minor bigint      NOT NULL CHECK (amount_minor > 0),
    currency     text        NOT NULL,
    state        text        NOT NULL CHECK (state IN ('requested', 'refunded', 'failed')),
    -- The provider's code, if it refused.
    reason       text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (order_id, number)
);

ALTER TABLE payments
    -- How many rows the payment has in payment_refunds. A build from before this column leaves it 0.
    ADD COLUMN refunds integer NOT NULL DEFAULT 0,
    DROP CONSTRAINT payments_step_check,
    -- The rows need no look: each satisfies the narrower check that was there.
    ADD CONSTRAINT payments_step_check
        CHECK (step IN ('authorize', 'capture', 'void', 'refund', 'refund_part')) NOT VALID;

GRANT SELECT, INSERT, UPDATE ON payment_refunds TO waybill_service;

-- migrate:down

ALTER TABLE payments
    DROP COLUMN refunds,
    DROP CONSTRAINT payments_step_check,
    ADD CONSTRAINT payments_step_check CHECK (step IN ('authorize', 'capture', 'void', 'refund'));
DROP TABLE payment_refunds;
