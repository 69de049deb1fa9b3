-- migrate:up

-- A row is a request id that a client has used (AIP-155); it is written in the transaction of the effect.
CREATE TABLE request_keys (
    user_id     text        NOT NULL,
    request_id  uuid        NOT NULL,
    -- SHA-256 over the method and its parameters: the same id with others is refused.
    fingerprint bytea       NOT NULL,
    -- It names what the request made or changed.
    resource    text        NOT NULL,
    -- It holds the serialised answer, and nothing where that is rebuilt from columns that never change.
    response    bytea       NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, request_id)
);
GRANT SELECT, INSERT ON request_keys TO waybill_service;

-- migrate:down

DROP TABLE request_keys;
