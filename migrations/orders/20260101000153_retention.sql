-- migrate:up

SET LOCAL lock_timeout = '2s';

-- The history of finished orders is deleted in small batches along the primary key: order ids are UUIDv7.
GRANT DELETE ON order_history TO waybill_service;
ALTER TABLE order_history SET (autovacuum_vacuum_scale_factor = 0.02);

-- migrate:down

ALTER TABLE order_history RESET (autovacuum_vacuum_scale_factor);
REVOKE DELETE ON order_history FROM waybill_service;
