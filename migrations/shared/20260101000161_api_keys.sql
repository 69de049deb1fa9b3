-- migrate:up

SET LOCAL lock_timeout = '2s';

-- API keys, with which programs authenticate. `orderctl key` writes them as the owner; services only read them.
CREATE TABLE api_keys (
    prefix     text        PRIMARY KEY,
    -- SHA-256 of the secret, which is stored nowhere.
    digest     bytea       NOT NULL CHECK (length(digest) = 32),
    user_id    text        NOT NULL,
    roles      text[]      NOT NULL CHECK (cardinality(roles) > 0),
    -- "OrderService" or "OrderService.GetOrder"; none: all that the roles may call.
    methods    text[]      NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz
);
-- When this database's service last accepted each key, up to a minute late.
CREATE TABLE api_key_uses (
    prefix       text        PRIMARY KEY REFERENCES api_keys ON DELETE CASCADE,
    last_used_at timestamptz NOT NULL
);
GRANT SELECT ON api_keys, api_key_uses TO waybill_service;
GRANT INSERT, UPDATE ON api_key_uses TO waybill_service;

-- migrate:down

DROP TABLE api_key_uses, api_keys;
