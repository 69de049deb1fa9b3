-- migrate:up

-- A row is the payment of one order: it says what is wanted, what is so, and which step is under way.
CREATE TABLE payments (
    order_id       uuid        PRIMARY KEY,
    payment_id     uuid        NOT NULL UNIQUE,
    -- These are unknown until OrderPlaced has come, which may be after the other events.
    user_id        text,
    payment_method text,
    amount_minor   bigint      CHECK (amount_minor > 0),
    currency       text,
    wanted         text        NOT NULL CHECK (wanted IN ('authorize', 'capture', 'release')),
    state          text        NOT NULL DEFAULT 'none' CHECK (state IN
                     ('none', 'authorized', 'declined', 'captured', 'voided', 'refunded')),
    provider_reference text,
    decline_reason text,
    -- They name the step whose call was started and has no stored answer yet, and tell since when.
    step           text        CHECK (step IN ('authorize', 'capture', 'void', 'refund')),
    step_started_at timestamptz,
    -- It is part of the step's idempotency key, and rises only where the same key can't be used again.
    step_attempt   integer     NOT NULL DEFAULT 0,
    -- The started step's answer was a stored 5xx or its key may have expired: look it up first.
    step_lookup    boolean     NOT NULL DEFAULT false,
    -- It counts the calls since the state last changed, and sets the backoff.
    step_tries     integer     NOT NULL DEFAULT 0,
    -- The worker looks again then; NULL says that there is nothing to do until an event comes.
    due_at         timestamptz,
    -- The worker that took the payment has it to itself until then.
    leased_until   timestamptz,
    event_sequence bigint      NOT NULL DEFAULT 0,
    traceparent    text        NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    CHECK ((step IS NULL) = (step_started_at IS NULL)),
    -- No step is started before its charge is known.
    CHECK (step IS NULL OR payment_method IS NOT NULL)
) WITH (fillfactor = 80);
CREATE INDEX payments_due ON payments (due_at) WHERE due_at IS NOT NULL;

GRANT SELECT, INSERT, UPDATE ON payments TO waybill_service;

-- migrate:down

DROP TABLE payments;
