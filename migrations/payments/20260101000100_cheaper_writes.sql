-- migrate:up

-- Payment ids are UUIDs that payment_svc makes; nothing looks a payment up by its id.
ALTER TABLE payments DROP CONSTRAINT payments_payment_id_key;
ALTER TABLE payments SET (fillfactor = 60);

-- migrate:down

ALTER TABLE payments SET (fillfactor = 80);
ALTER TABLE payments ADD CONSTRAINT payments_payment_id_key UNIQUE (payment_id);
