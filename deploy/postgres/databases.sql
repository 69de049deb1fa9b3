-- Creates the databases of a cluster; run by psql as superuser after roles.sql. It can run again. Each
-- database belongs to `waybill`; besides it only the database's service and, where there is an outbox, the
-- relay may connect.
CREATE TEMPORARY TABLE wanted (name text, service text, has_outbox boolean);
INSERT INTO wanted VALUES
    ('orders', 'order_svc', true),
    ('payments', 'payment_svc', true),
    ('inventory', 'inventory_svc', true),
    ('notifications', 'notification_svc', true),
    ('sandbox', 'payment_sandbox', false);

SELECT format('CREATE DATABASE %I OWNER waybill', name) FROM wanted
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name)
\gexec

SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', name) FROM wanted
\gexec

SELECT format('GRANT CONNECT ON DATABASE %I TO %I', name, service) FROM wanted
UNION ALL
SELECT format('GRANT CONNECT ON DATABASE %I TO outbox_relay', name) FROM wanted WHERE has_outbox
\gexec
