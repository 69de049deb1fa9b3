-- migrate:up

ALTER TABLE reservations
    -- Whether OrderConfirmed has come; only then an order is shipped. Builds from before this column don't
    -- consume that event, so the reservations that are there count as confirmed.
    ADD COLUMN order_confirmed boolean NOT NULL DEFAULT true,
    ADD COLUMN shipped_at timestamptz,
    DROP CONSTRAINT reservations_state_check,
    -- The rows need no look: each satisfies the narrower check that was there.
    ADD CONSTRAINT reservations_state_check
        CHECK (state IN ('WAITING', 'RESERVED', 'REJECTED', 'RELEASED', 'SHIPPED')) NOT VALID;
ALTER TABLE reservations ALTER COLUMN order_confirmed SET DEFAULT false;

-- migrate:down

-- What was shipped is released: it holds nothing.
UPDATE reservations SET state = 'RELEASED' WHERE state = 'SHIPPED';
ALTER TABLE reservations
    DROP COLUMN order_confirmed,
    DROP COLUMN shipped_at,
    DROP CONSTRAINT reservations_state_check,
    ADD CONSTRAINT reservations_state_check
        CHECK (state IN ('WAITING', 'RESERVED', 'REJECTED', 'RELEASED'));
