-- migrate:up transaction:false

-- Old payment intents are found along it.
CREATE INDEX CONCURRENTLY payment_intents_created ON payment_intents (created_at);

-- migrate:down

DROP INDEX payment_intents_created;
