-- migrate:up

SET LOCAL lock_timeout = '2s';

-- Old keys are deleted in small batches, and their space is used again: vacuum must not wait until a fifth
-- of a large table is dead.
GRANT DELETE ON request_keys TO waybill_service;
ALTER TABLE request_keys SET (autovacuum_vacuum_scale_factor = 0.02);

-- migrate:down

ALTER TABLE request_keys RESET (autovacuum_vacuum_scale_factor);
REVOKE DELETE ON request_keys FROM waybill_service;
