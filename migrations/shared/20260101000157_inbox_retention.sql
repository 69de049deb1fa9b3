-- migrate:up

SET LOCAL lock_timeout = '2s';

-- Old rows are deleted in small batches along the primary key: event ids are UUIDv7.
ALTER TABLE inbox SET (autovacuum_vacuum_scale_factor = 0.02);

-- migrate:down

ALTER TABLE inbox RESET (autovacuum_vacuum_scale_factor);
