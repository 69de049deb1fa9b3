-- migrate:up transaction:false

-- Old keys are found along it.
CREATE INDEX CONCURRENTLY request_keys_created ON request_keys (created_at);

-- migrate:down

DROP INDEX request_keys_created;
