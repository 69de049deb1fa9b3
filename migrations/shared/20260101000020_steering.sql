-- migrate:up

-- The columns tell what an operator's replays have come to.
ALTER TABLE parked_events
    ADD COLUMN failed_replays integer     NOT NULL DEFAULT 0,
    ADD COLUMN last_replay_at timestamptz;

-- A row is a parked event that an operator discarded, without its effect. It is written once and kept forever.
CREATE TABLE discarded_events (
    id           bigint      PRIMARY KEY,  -- as it was in parked_events
    consumer     text        NOT NULL,
    topic        text        NOT NULL,
    key          bytea,
    partition    integer     NOT NULL,
    kafka_offset bigint      NOT NULL,
    event_id     uuid        NOT NULL,
    event_type   text        NOT NULL,
    park_reason  text        NOT NULL,
    error        text        NOT NULL,
    payload      bytea       NOT NULL,
    headers      jsonb       NOT NULL,
    parked_at    timestamptz NOT NULL,
    discarded_at timestamptz NOT NULL DEFAULT now(),
    discarded_by text        NOT NULL,
    reason       text        NOT NULL
);
GRANT SELECT, INSERT ON discarded_events TO waybill_service;

-- migrate:down

DROP TABLE discarded_events;
ALTER TABLE parked_events DROP COLUMN failed_replays, DROP COLUMN last_replay_at;
