-- migrate:up

-- A row says that the consumer has acted on the event; it is written in the transaction of the effect.
CREATE TABLE inbox (
    consumer    text        NOT NULL,
    event_id    uuid        NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);

-- A row says that the key has a parked event: every later event of the key is parked behind it until it is
-- released. The consumer and a replay both lock this row, so they can't race.
CREATE TABLE parked_keys (
    consumer  text        NOT NULL,
    topic     text        NOT NULL,
    key       bytea       NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, topic, key)
);

-- A row is an event that could not be processed; ids rise in order of arrival. `key` is NULL for a record
-- that is parked alone.
CREATE TABLE parked_events (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer     text        NOT NULL,
    topic        text        NOT NULL,
    key          bytea,
    partition    integer     NOT NULL,
    kafka_offset bigint      NOT NULL,
    event_id     uuid        NOT NULL,
    event_type   text        NOT NULL,
    reason       text        NOT NULL CHECK (reason IN ('INVALID', 'MISSING', 'BEHIND')),
    error        text        NOT NULL,
    payload      bytea       NOT NULL,
    headers      jsonb       NOT NULL,
    parked_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (consumer, event_id)
);
CREATE INDEX parked_events_key ON parked_events (consumer, topic, key, id);

GRANT SELECT, INSERT, UPDATE, DELETE ON inbox, parked_keys, parked_events TO waybill_service;

-- migrate:down

DROP TABLE parked_events;
DROP TABLE parked_keys;
DROP TABLE inbox;
