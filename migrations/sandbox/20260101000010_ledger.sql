-- migrate:up

-- The payment sandbox keeps a ledger of its own, of what a provider would know. `amount` is held while the
-- status is requires_capture; amount_captured - amount_refunded is what has been taken.
CREATE TABLE payment_intents (
    id              text        PRIMARY KEY,
    amount          bigint      NOT NULL CHECK (amount > 0),
    amount_captured bigint      NOT NULL DEFAULT 0,
    amount_refunded bigint      NOT NULL DEFAULT 0,
    currency        text        NOT NULL,
    status          text        NOT NULL CHECK (status IN
                      ('requires_payment_method', 'requires_capture', 'succeeded', 'canceled')),
    payment_method  text        NOT NULL,
    metadata        jsonb       NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL DEFAULT now(),
    CHECK (amount_captured <= amount AND amount_refunded <= amount_captured)
);
CREATE INDEX payment_intents_order ON payment_intents ((metadata ->> 'order_id'));

CREATE TABLE refunds (
    id             text        PRIMARY KEY,
    payment_intent text        NOT NULL REFERENCES payment_intents,
    amount         bigint      NOT NULL CHECK (amount > 0),
    created_at     timestamptz NOT NULL DEFAULT now()
);

-- A row is the first answer to an Idempotency-Key; it is given again for 24 hours.
CREATE TABLE idempotency_keys (
    key         text        PRIMARY KEY,
    fingerprint text        NOT NULL,
    status      integer     NOT NULL,
    body        text        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON payment_intents, refunds, idempotency_keys TO waybill_service;

-- migrate:down

DROP TABLE idempotency_keys;
DROP TABLE refunds;
DROP TABLE payment_intents;
