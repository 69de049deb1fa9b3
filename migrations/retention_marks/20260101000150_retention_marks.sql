-- migrate:up

SET LOCAL lock_timeout = '2s';

-- A row says that rows of the kind `what` that were last changed before `before` may have been retired:
-- their absence proves nothing. orderctl verify reads it.
CREATE TABLE retention_marks (
    what   text        PRIMARY KEY,
    before timestamptz NOT NULL
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE ON retention_marks TO waybill_service;

-- migrate:down

DROP TABLE retention_marks;
