-- migrate:up

-- The outbox is insert-only and partitioned by day. A row is never updated or deleted; a day whose rows are
-- all published and older than the retention is detached and dropped by outbox_relay.
CREATE TABLE outbox (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    event_id   uuid        NOT NULL,
    tx         xid8        NOT NULL DEFAULT pg_current_xact_id(),
    topic      text        NOT NULL,
    key        text        NOT NULL,
    sequence   bigint      NOT NULL CHECK (sequence > 0),
    payload    bytea       NOT NULL,
    headers    jsonb       NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);

-- Creates the day partitions from yesterday to `days_ahead` days from now that are missing; returns how
-- many it created. A new table is attached rather than created in place: ATTACH takes a lock that lets
-- inserts go on, and CREATE ... PARTITION OF takes one that doesn't.
CREATE FUNCTION outbox_create_partitions(days_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    day     date;
    name    text;
    created integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('outbox_create_partitions'));
    FOR day IN SELECT generate_series((now() AT TIME ZONE 'UTC')::date - 1,
                                      (now() AT TIME ZONE 'UTC')::date + days_ahead,
                                      interval '1 day')::date LOOP
        name := 'outbox_p' || to_char(day, 'YYYYMMDD');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE outbox INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
            EXECUTE format('ALTER TABLE outbox ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name,
                           day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
            EXECUTE format('GRANT SELECT ON %I TO outbox_relay', name);
            created := created + 1;
        END IF;
    END LOOP;
    RETURN created;
END $$;

-- Drops the partition of a day that has been detached, and refuses any other table.
CREATE FUNCTION outbox_drop_partition(partition text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF partition !~ '^outbox_p[0-9]{8}$'
       OR EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(partition)) THEN
        RAISE EXCEPTION '% is not a detached partition of the outbox', partition;
    END IF;
    EXECUTE format('DROP TABLE %I', partition);
END $$;

SELECT outbox_create_partitions(30);

CREATE PUBLICATION waybill_outbox FOR TABLE outbox
    WITH (publish = 'insert', publish_via_partition_root = true);

GRANT INSERT, SELECT ON outbox TO waybill_service;
GRANT SELECT ON outbox TO outbox_relay;
REVOKE EXECUTE ON FUNCTION outbox_create_partitions(integer), outbox_drop_partition(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outbox_create_partitions(integer), outbox_drop_partition(text) TO outbox_relay;

-- The relay retires old days and has to own the outbox for it: DETACH ... CONCURRENTLY can't run inside a
-- function.
GRANT CREATE ON SCHEMA public TO outbox_relay;
ALTER TABLE outbox OWNER TO outbox_relay;

-- migrate:down

DROP PUBLICATION waybill_outbox;
DROP FUNCTION outbox_drop_partition(text);
DROP FUNCTION outbox_create_partitions(integer);
DROP TABLE outbox;
REVOKE CREATE ON SCHEMA public FROM outbox_relay;
