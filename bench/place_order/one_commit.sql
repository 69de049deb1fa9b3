-- One order with the rows that PlaceOrder writes, as one prepared statement and one commit. Ids begin with the time, as
-- order_svc's do, so that the indexes grow at their end.
WITH ids AS MATERIALIZED (
  SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
          || substr(md5(random()::text), 1, 20))::uuid AS order_id
), o AS (
  INSERT INTO orders (order_id, user_id, email, payment_method, amount_minor, currency, state, event_sequence,
                      transition, traceparent, placed_at, updated_at, deadline_at)
  SELECT order_id, 'ann', 'ann@example.com', 'pm_card_visa', 790, 'USD', 'PLACED', 1, 1,
         '00-4da37c405fdf8be09a276a2d3e628cae-8087654059e9ba4d-01', now(), now(), now() + interval '30 min'
  FROM ids
), l AS (
  INSERT INTO order_lines (order_id, line, product_id, product_name, quantity, unit_price_minor)
  SELECT order_id, 1, 'tea', 'Tea', 1, 790 FROM ids
), h AS (
  INSERT INTO order_history (order_id, transition, state, at) SELECT order_id, 1, 'PLACED', now() FROM ids
), k AS (
  INSERT INTO request_keys (user_id, request_id, fingerprint, resource)
  SELECT 'ann', gen_random_uuid(), sha256('ann'), order_id::text FROM ids
)
INSERT INTO outbox (event_id, topic, key, sequence, payload, headers)
SELECT order_id, 'orders.events', order_id::text, 1,
       convert_to('{"event":"OrderPlaced","orderId":"' || order_id || '","userId":"ann","items":[{"productId":"tea",'
                  '"quantity":1}],"amountMinor":"790","currency":"USD","paymentMethod":"pm_card_visa",'
                  '"placedAt":"2026-01-01T00:00:00.000Z"}', 'UTF8'),
       '{"ce_type": "waybill.events.v1.OrderPlaced", "ce_source": "order_svc", "content-type": "application/json",
         "traceparent": "00-4da37c405fdf8be09a276a2d3e628cae-8087654059e9ba4d-01", "ce_specversion": "1.0"}'
FROM ids;
