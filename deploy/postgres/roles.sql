-- Creates the roles that a cluster needs before the migrations run. It can run again. Passwords are set
-- separately. `waybill` owns the databases and runs the migrations. Every service has its own login, in the
-- group to which the migrations grant table rights; it may connect only to its own database (databases.sql).
DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['waybill_service', 'waybill', 'order_svc', 'payment_svc',
                                'inventory_svc', 'notification_svc', 'payment_sandbox', 'outbox_relay'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I', role);
        END IF;
    END LOOP;
END $$;
ALTER ROLE waybill LOGIN;
ALTER ROLE order_svc LOGIN;
ALTER ROLE payment_svc LOGIN;
ALTER ROLE inventory_svc LOGIN;
ALTER ROLE notification_svc LOGIN;
ALTER ROLE payment_sandbox LOGIN;
ALTER ROLE outbox_relay LOGIN REPLICATION;
GRANT waybill_service TO order_svc, payment_svc, inventory_svc, notification_svc, payment_sandbox;
-- The relay owns the outbox tables, so that it can remove their old partitions; the migrations can still
-- change them.
GRANT outbox_relay TO waybill;
