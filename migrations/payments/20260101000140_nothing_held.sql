-- migrate:up

SET LOCAL lock_timeout = '2s';

-- The provider was asked, once the payment was to be released, and has nothing of this order.
ALTER TABLE payments
    ADD COLUMN nothing_held boolean NOT NULL DEFAULT false,
    -- An authorisation may be looked up before OrderPlaced has come.
    DROP CONSTRAINT payments_check1;

-- migrate:down

ALTER TABLE payments
    DROP COLUMN nothing_held,
    ADD CONSTRAINT payments_check1 CHECK (step IS NULL OR payment_method IS NOT NULL) NOT VALID;
