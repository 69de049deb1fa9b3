-- Writes orders as the services would leave them, all at rest; run by psql with -v database=orders -v
-- count=N. Every tenth order is CANCELLED (PAYMENT_DECLINED), the others are CONFIRMED. Order n was placed
-- (count - n) * 40 ms before one minute ago, and each of its events followed after some milliseconds. The
-- same numbers give the same ids in every database.
\set ON_ERROR_STOP on
SET synchronous_commit = off;
-- Foreign keys are not checked row by row, because the rows written here satisfy them.
SET session_replication_role = replica;
SET work_mem = '256MB';

CREATE FUNCTION pg_temp.id_of(what text, n bigint, at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' ||
            substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid
    FROM (SELECT md5(what || n) AS h) x $$;

CREATE FUNCTION pg_temp.headers_of(type text, source text, n bigint) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('ce_specversion', '1.0', 'ce_type', 'waybill.events.v1.' || type, 'ce_source',
        source, 'content-type', 'application/json', 'traceparent', '00-' || md5('t' || n) || '-' ||
        substr(md5('p' || n), 1, 16) || '-01') $$;

CREATE FUNCTION pg_temp.payload_of(type text, id uuid) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT convert_to(format('{"event":"%s","orderId":"%s","userId":"somebody","amountMinor":"2050",'
        '"currency":"EUR","items":[{"productId":"tea-0","quantity":2},{"productId":"pot","quantity":1}]}', type,
        id), 'UTF8') $$;

CREATE TEMPORARY TABLE o AS
    SELECT n, n % 10 = 0 AS declined, at, pg_temp.id_of('order', n, at) AS id,
           pg_temp.id_of('placed', n, at) AS placed,
           pg_temp.id_of('processed', n, at + interval '10 ms') AS processed,
           pg_temp.id_of('updated', n, at + interval '20 ms') AS updated,
           pg_temp.id_of('captured', n, at + interval '30 ms') AS captured,
           pg_temp.id_of('ended', n, at + interval '40 ms') AS ended
    FROM (SELECT n, to_timestamp(:epoch) - interval '1 minute' - (:count - n) * interval '40 ms' AS at
          FROM generate_series(1, :count) AS n) s;
ANALYZE o;
SELECT :'database' = 'orders' AS is_orders, :'database' = 'payments' AS is_payments,
       :'database' = 'inventory' AS is_inventory, :'database' = 'notifications' AS is_notifications \gset

\if :is_orders
INSERT INTO products VALUES ('pot', 'Pot', 1250, 'EUR'), ('tea-0', 'Tea', 400, 'EUR');
INSERT INTO orders SELECT id, 'user' || n % 1000, 'u@example.com', 'pm_card_visa', 2050, 'EUR',
    CASE WHEN declined THEN 'CANCELLED' ELSE 'CONFIRMED' END,
    CASE WHEN declined THEN 'PAYMENT_DECLINED' END, NOT declined, NOT declined, NOT declined, placed, 2,
    CASE WHEN declined THEN 2 ELSE 4 END, 't', at, at + interval '40 ms', at + interval '30 min' FROM o ORDER BY n;
INSERT INTO order_lines SELECT id, l.line, l.product, l.product, l.quantity, l.price FROM o,
    (VALUES (1, 'tea-0', 2, 400), (2, 'pot', 1, 1250)) AS l(line, product, quantity, price) ORDER BY n, line;
INSERT INTO order_history SELECT id, h.transition, h.state, h.reason, at + h.transition * interval '10 ms' FROM o,
    (VALUES (false, 1, 'PLACED', NULL), (false, 2, 'PAYMENT_CONFIRMED', NULL), (false, 3, 'RESERVED', NULL),
            (false, 4, 'CONFIRMED', NULL), (true, 1, 'PLACED', NULL), (true, 2, 'CANCELLED', 'PAYMENT_DECLINED'))
    AS h(declined, transition, state, reason) WHERE h.declined = o.declined ORDER BY n, transition;
INSERT INTO outbox (event_id, topic, key, sequence, payload, headers, created_at)
    SELECT event, 'orders.events', id, sequence, pg_temp.payload_of(type, id),
           pg_temp.headers_of(type, 'order_svc', n), at FROM
    (SELECT n, id, 1 AS sequence, placed AS event, 'OrderPlaced' AS type, at FROM o UNION ALL
     SELECT n, id, 2, ended, CASE WHEN declined THEN 'OrderCancelled' ELSE 'OrderConfirmed' END,
            at + interval '40 ms' FROM o) e ORDER BY n, sequence;
INSERT INTO inbox SELECT 'order_svc', processed, at FROM o UNION ALL
    SELECT 'order_svc', updated, at FROM o WHERE NOT declined UNION ALL
    SELECT 'order_svc', captured, at FROM o WHERE NOT declined;
\endif

\if :is_payments
INSERT INTO payments (order_id, payment_id, user_id, payment_method, amount_minor, currency, wanted, state,
        event_sequence, traceparent, created_at, updated_at)
    SELECT id, placed, 'user' || n % 1000, 'pm_card_visa', 2050, 'EUR',
        CASE WHEN declined THEN 'release' ELSE 'capture' END, CASE WHEN declined THEN 'declined' ELSE 'captured' END,
        CASE WHEN declined THEN 1 ELSE 2 END, 't', at, at + interval '30 ms' FROM o ORDER BY n;
INSERT INTO outbox (event_id, topic, key, sequence, payload, headers, created_at)
    SELECT event, 'payments.events', id, sequence, pg_temp.payload_of(type, id),
           pg_temp.headers_of(type, 'payment_svc', n), at FROM
    (SELECT n, id, 1 AS sequence, processed AS event, 'PaymentProcessed' AS type, at + interval '10 ms' AS at FROM o
     UNION ALL SELECT n, id, 2, captured, 'PaymentCaptured', at + interval '30 ms' FROM o WHERE NOT declined) e
    ORDER BY n, sequence;
INSERT INTO inbox SELECT 'payment_svc', placed, at FROM o UNION ALL
    SELECT 'payment_svc', updated, at FROM o WHERE NOT declined UNION ALL
    SELECT 'payment_svc', ended, at FROM o WHERE declined;
\endif

\if :is_inventory
INSERT INTO stock SELECT product, 10 * :count, sum(quantity) FROM o,
    (VALUES ('tea-0', 2), ('pot', 1)) AS l(product, quantity) WHERE NOT declined GROUP BY product;
INSERT INTO reservations SELECT id, CASE WHEN declined THEN 'RELEASED' ELSE 'RESERVED' END, true, NOT declined,
    CASE WHEN declined THEN 0 ELSE 1 END, at + interval '20 ms' FROM o ORDER BY n;
INSERT INTO reservation_items SELECT id, l.product, l.quantity FROM o,
    (VALUES ('tea-0', 2), ('pot', 1)) AS l(product, quantity) ORDER BY n, product;
INSERT INTO outbox (event_id, topic, key, sequence, payload, headers, created_at)
    SELECT updated, 'inventory.events', id, 1, pg_temp.payload_of('InventoryUpdated', id),
           pg_temp.headers_of('InventoryUpdated', 'inventory_svc', n), at + interval '20 ms'
    FROM o WHERE NOT declined ORDER BY n;
INSERT INTO inbox SELECT 'inventory_svc', placed, at FROM o UNION ALL
    SELECT 'inventory_svc', processed, at FROM o UNION ALL
    SELECT 'inventory_svc', ended, at FROM o WHERE declined;
\endif

\if :is_notifications
INSERT INTO mails (mail_id, order_id, sequence, recipient, subject, text_body, html_body, state, tries, due_at,
        traceparent, created_at, sent_at)
    SELECT ended, id, 2, 'u@example.com', 'Your order', 'text', '<p>text</p>', 'SENT', 1, at, 't', at,
           at + interval '50 ms' FROM o ORDER BY n;
INSERT INTO inbox SELECT 'notification_svc', ended, at FROM o;
\copy (SELECT id, ended, (extract(epoch FROM at) * 1000)::bigint FROM o) TO PROGRAM 'cat > "$MAIL_LIST"'
\endif

SELECT :'database' = 'sandbox' AS is_sandbox \gset
\if :is_sandbox
INSERT INTO payment_intents (id, amount, amount_captured, currency, status, payment_method, metadata, created_at)
    SELECT 'pi_' || n, 2050, CASE WHEN declined THEN 0 ELSE 2050 END, 'eur',
        CASE WHEN declined THEN 'requires_payment_method' ELSE 'succeeded' END, 'pm_card_visa',
        jsonb_build_object('order_id', id), at + interval '9 ms' FROM o;
\endif
DROP TABLE o;
VACUUM (ANALYZE);
