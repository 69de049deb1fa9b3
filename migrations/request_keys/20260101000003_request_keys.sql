-- migrate:up

-- The request ids that clients have used (AIP-155), each written in the transaction of its effect.
CREATE TABLE request_keys (
    user_id     text        NOT NULL,
    request_id  uuid        NOT NULL,
    -- SHA-256 over the method and its parameters: the same id with others is refused.
    fingerprint bytea       NOT NULL,
    -- What the request made or changed.
    resource    text        NOT NULL,
    -- The serialised answer; empty where it is rebuilt from the resource's unchanging columns.
    response    bytea       NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, request_id)
);
GRANT SELECT, INSERT ON request_keys TO waybill_service;

-- migrate:down

DROP TABLE request_keys;
