-- The relay has the up part built in and makes its tables with it in any database, Waybill's or not. So it speaks
-- of nothing but the schema and the role outbox_relay, and can be run again.

-- migrate:up

-- Here the relay keeps what it remembers about the outbox of this database. The relay alone writes it, through
-- the session that holds its leader lock.
CREATE SCHEMA IF NOT EXISTS outbox_relay;

-- Every transaction below `horizon` is published; `slot` is the only slot that may be streamed from.
CREATE TABLE IF NOT EXISTS outbox_relay.checkpoints (
    source            text        PRIMARY KEY,
    slot              text        NOT NULL,
    confirmed_lsn     pg_lsn      NOT NULL,
    horizon           xid8        NOT NULL,
    system_identifier text        NOT NULL,
    publication_oid   oid         NOT NULL,
    updated_at        timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

-- A row says that the key has a parked row: every later row of the key is parked behind it until it is released.
CREATE TABLE IF NOT EXISTS outbox_relay.parked_keys (
    source               text        NOT NULL,
    topic                text        NOT NULL,
    key                  bytea       NOT NULL,
    parked_at            timestamptz NOT NULL DEFAULT now(),
    release_requested_at timestamptz,
    PRIMARY KEY (source, topic, key)
);

-- A row is a copy of an outbox row that Kafka won't take, or that came behind one; ids rise in commit order per
-- key. A discarded row stays as the record of the gap. `row_id` is what the outbox calls the row, and NULL where
-- the outbox has no such column.
CREATE TABLE IF NOT EXISTS outbox_relay.parked_rows (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source        text        NOT NULL,
    topic         text        NOT NULL,
    key           bytea       NOT NULL,
    row_id        text,
    reason        text        NOT NULL CHECK (reason IN
                    ('TOO_LARGE', 'UNKNOWN_TOPIC', 'NOT_AUTHORISED', 'REFUSED', 'UNREADABLE', 'BEHIND')),
    error         text        NOT NULL,
    payload       bytea,
    header_names  text[]      NOT NULL,
    header_values bytea[]     NOT NULL,
    parked_at     timestamptz NOT NULL DEFAULT now(),
    discarded_at  timestamptz,
    UNIQUE (source, row_id)
);
CREATE INDEX IF NOT EXISTS parked_rows_key ON outbox_relay.parked_rows (source, topic, key, id);

GRANT USAGE ON SCHEMA outbox_relay TO outbox_relay;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA outbox_relay TO outbox_relay;

-- migrate:down

DROP SCHEMA outbox_relay CASCADE;
