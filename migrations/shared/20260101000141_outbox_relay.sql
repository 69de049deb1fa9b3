-- As 20260101000004: the relay has the up part built in, it speaks of nothing but the schema and the role
-- outbox_relay, and it can be run again.

-- migrate:up

SET LOCAL lock_timeout = '2s';

-- `kafka_cluster_id` is the cluster that the rows below the horizon were published to; '' until the relay knows. In a
-- dump that was restored into another PostgreSQL cluster, rows have transaction numbers of the former one: those up to
-- `restored_until`, in the order of the outbox, whose number isn't below `restored_tx` are published all the same.
ALTER TABLE outbox_relay.checkpoints
    ADD COLUMN IF NOT EXISTS kafka_cluster_id text NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS restored_tx      xid8,
    ADD COLUMN IF NOT EXISTS restored_until   text;

CREATE OR REPLACE FUNCTION outbox_relay.schema_version() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 3';

-- migrate:down

SET LOCAL lock_timeout = '2s';

CREATE OR REPLACE FUNCTION outbox_relay.schema_version() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 2';
ALTER TABLE outbox_relay.checkpoints
    DROP COLUMN kafka_cluster_id,
    DROP COLUMN restored_tx,
    DROP COLUMN restored_until;
