-- migrate:up

SET LOCAL lock_timeout = '2s';

-- What operators did. Rows are only added: one in operator_calls before a call takes effect, and one in
-- operator_call_ends after it. A call without an end is still running, or was cut off; it may have taken effect.
CREATE TABLE operator_calls (
    call_id    uuid        PRIMARY KEY,
    begun_at   timestamptz NOT NULL DEFAULT now(),
    caller     text        NOT NULL,
    credential text        NOT NULL,
    method     text        NOT NULL,
    subject    text        NOT NULL,
    came_from  text        NOT NULL,
    trace_id   text        NOT NULL
);
CREATE INDEX operator_calls_begun_at ON operator_calls (begun_at);
CREATE TABLE operator_call_ends (
    call_id  uuid        PRIMARY KEY REFERENCES operator_calls,
    ended_at timestamptz NOT NULL DEFAULT now(),
    outcome  text        NOT NULL
);
GRANT SELECT ON operator_calls, operator_call_ends TO waybill_service;
-- Without the times: those are the database's.
GRANT INSERT (call_id, caller, credential, method, subject, came_from, trace_id) ON operator_calls TO waybill_service;
GRANT INSERT (call_id, outcome) ON operator_call_ends TO waybill_service;

-- Deletes at most `most` calls that began before `before`, and returns how many. Never what is younger than 30 days,
-- so whoever takes over a service's role can't erase what is recorded of the last 30 days.
CREATE FUNCTION operator_calls_retire(before timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    old uuid[];
BEGIN
    old := ARRAY(SELECT call_id FROM public.operator_calls
                 WHERE begun_at < least(before, now() - interval '30 days')
                 ORDER BY begun_at LIMIT most FOR UPDATE SKIP LOCKED);
    DELETE FROM public.operator_call_ends WHERE call_id = ANY(old);
    DELETE FROM public.operator_calls WHERE call_id = ANY(old);
    RETURN cardinality(old);
END $$;
-- exempt refuses-writes: the function is new.
REVOKE EXECUTE ON FUNCTION operator_calls_retire(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION operator_calls_retire(timestamptz, integer) TO waybill_service;

-- migrate:down

DROP FUNCTION operator_calls_retire(timestamptz, integer);
DROP TABLE operator_call_ends, operator_calls;
