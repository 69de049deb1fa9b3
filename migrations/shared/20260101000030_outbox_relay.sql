-- As 20260101000004: the relay has the up part built in, it speaks of nothing but the schema and the role
-- outbox_relay, and it can be run again.

-- migrate:up

-- `table_oid` is the table that the source was bound to; another table may have its name by now. The first
-- `partial_rows` rows of the transaction whose commit record is at `partial_lsn` are published, too. Any of
-- `partitions`, each with the oid of its storage, may have rows that aren't. The relay has dropped partitions that
-- ended at `retired_until` or before.
ALTER TABLE outbox_relay.checkpoints
    ADD COLUMN IF NOT EXISTS table_oid    oid    NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS partitions   text   NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS partial_lsn  pg_lsn,
    ADD COLUMN IF NOT EXISTS partial_rows bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS retired_until timestamptz;

-- A row is a replication slot that the relay has created, or is about to: no other slot is ever dropped.
CREATE TABLE IF NOT EXISTS outbox_relay.slots (
    slot       text        PRIMARY KEY,
    source     text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO outbox_relay.slots (slot, source) SELECT slot, source FROM outbox_relay.checkpoints
ON CONFLICT DO NOTHING;

-- A row is a backfill that hasn't ended: the next attempt continues it. Every row up to `position`, in the order
-- that `ordered_by` names, is published; what commits after `confirmed_lsn` is in the slot.
CREATE TABLE IF NOT EXISTS outbox_relay.backfills (
    source            text        PRIMARY KEY,
    slot              text        NOT NULL,
    confirmed_lsn     pg_lsn      NOT NULL,
    since             xid8        NOT NULL,  -- transactions below it need no backfill
    horizon           xid8        NOT NULL,  -- the checkpoint's horizon, once the backfill has ended
    system_identifier text        NOT NULL,
    publication_oid   oid         NOT NULL,
    table_oid         oid         NOT NULL,
    ordered_by        text        NOT NULL,
    position          text,
    rows              bigint      NOT NULL DEFAULT 0,
    updated_at        timestamptz NOT NULL DEFAULT now()
);

-- Indexes hold digests of what comes from outside: a key or a topic has no length that fits every index.
CREATE OR REPLACE FUNCTION outbox_relay.digest(topic text, key bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT sha256(convert_to(topic, 'UTF8') || '\x00'::bytea || key) $$;

ALTER TABLE outbox_relay.parked_keys DROP CONSTRAINT IF EXISTS parked_keys_pkey;
CREATE UNIQUE INDEX IF NOT EXISTS parked_keys_key
    ON outbox_relay.parked_keys (source, outbox_relay.digest(topic, key));

-- `identity` is a digest of the row's name and content, NULL for a row without a name; `xid` is its transaction,
-- without the epoch, NULL where that isn't known: a later row with the same name is another row. `payload_omitted`
-- marks a row that is too large to be copied: the outbox has its payload and headers.
ALTER TABLE outbox_relay.parked_rows
    ADD COLUMN IF NOT EXISTS identity        bytea,
    ADD COLUMN IF NOT EXISTS xid             bigint,
    ADD COLUMN IF NOT EXISTS payload_omitted boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT IF EXISTS parked_rows_source_row_id_key;
CREATE INDEX IF NOT EXISTS parked_rows_of_identity ON outbox_relay.parked_rows (source, identity);
DROP INDEX IF EXISTS outbox_relay.parked_rows_key;
CREATE INDEX IF NOT EXISTS parked_rows_of_key
    ON outbox_relay.parked_rows (source, outbox_relay.digest(topic, key), id);

-- A header's name may be bytes that no text can hold.
DO $$ BEGIN
    IF (SELECT data_type = 'ARRAY' AND udt_name = '_text' FROM information_schema.columns
        WHERE table_schema = 'outbox_relay' AND table_name = 'parked_rows' AND column_name = 'header_names') THEN
        CREATE FUNCTION outbox_relay.as_bytes(names text[]) RETURNS bytea[] LANGUAGE sql IMMUTABLE AS
            'SELECT coalesce(array_agg(convert_to(n, ''UTF8'') ORDER BY i), ''{}'') FROM unnest(names) WITH ORDINALITY u(n, i)';
        ALTER TABLE outbox_relay.parked_rows
            ALTER COLUMN header_names TYPE bytea[] USING outbox_relay.as_bytes(header_names);
        DROP FUNCTION outbox_relay.as_bytes(text[]);
    END IF;
END $$;

-- A row is an operator's request to publish retained rows again; the relay that leads the source works it off.
-- `arguments` is what the operator typed, by which a stopped request is found again. Every row up to `position` has
-- had its turn, the last one's is `last_position`. Rows are skipped when they are parked or discarded. `error` is
-- why nothing happens at the moment.
CREATE TABLE IF NOT EXISTS outbox_relay.republications (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source        text        NOT NULL,
    arguments     text        NOT NULL,
    since         timestamptz,
    until         timestamptz,
    topic         text,
    key           bytea,
    state         text        NOT NULL DEFAULT 'REQUESTED'
                  CHECK (state IN ('REQUESTED', 'RUNNING', 'STOPPED', 'DONE', 'FAILED')),
    rows_total    bigint      NOT NULL,
    rows_sent     bigint      NOT NULL DEFAULT 0,
    rows_skipped  bigint      NOT NULL DEFAULT 0,
    rows_refused  bigint      NOT NULL DEFAULT 0,
    position      text,
    last_position text        NOT NULL,
    error         text        NOT NULL DEFAULT '',
    requested_at  timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
-- One at a time per source.
CREATE UNIQUE INDEX IF NOT EXISTS republications_active
    ON outbox_relay.republications (source) WHERE state IN ('REQUESTED', 'RUNNING');

-- The relay compares it with what it was built for.
CREATE OR REPLACE FUNCTION outbox_relay.schema_version() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 2';

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA outbox_relay TO outbox_relay;

-- migrate:down

DROP FUNCTION outbox_relay.schema_version();
DROP TABLE outbox_relay.republications;
CREATE FUNCTION outbox_relay.as_text(names bytea[]) RETURNS text[] LANGUAGE sql IMMUTABLE AS
    'SELECT coalesce(array_agg(convert_from(n, ''UTF8'') ORDER BY i), ''{}'') FROM unnest(names) WITH ORDINALITY u(n, i)';
ALTER TABLE outbox_relay.parked_rows
    ALTER COLUMN header_names TYPE text[] USING outbox_relay.as_text(header_names);
DROP FUNCTION outbox_relay.as_text(bytea[]);
DROP INDEX outbox_relay.parked_rows_of_key;
DROP INDEX outbox_relay.parked_rows_of_identity;
ALTER TABLE outbox_relay.parked_rows DROP COLUMN identity, DROP COLUMN xid, DROP COLUMN payload_omitted;
ALTER TABLE outbox_relay.parked_rows ADD UNIQUE (source, row_id);
CREATE INDEX parked_rows_key ON outbox_relay.parked_rows (source, topic, key, id);
DROP INDEX outbox_relay.parked_keys_key;
ALTER TABLE outbox_relay.parked_keys ADD PRIMARY KEY (source, topic, key);
DROP FUNCTION outbox_relay.digest(text, bytea);
DROP TABLE outbox_relay.backfills;
DROP TABLE outbox_relay.slots;
ALTER TABLE outbox_relay.checkpoints
    DROP COLUMN table_oid, DROP COLUMN partitions, DROP COLUMN partial_lsn, DROP COLUMN partial_rows,
    DROP COLUMN retired_until;
