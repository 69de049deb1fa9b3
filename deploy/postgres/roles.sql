-- The roles a cluster needs before the migrations run; safe to run again. Passwords are set apart.
-- `waybill` owns the databases and runs migrations. Every service has a login of its own, in the group
-- that the migrations grant table rights to; only its own database lets it connect (databases.sql).
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
-- The relay owns the outbox tables, so that it can retire their old partitions; migrations still change them.
GRANT outbox_relay TO waybill;
