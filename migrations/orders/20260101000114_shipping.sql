-- migrate:up

-- When the order's units left, as inventory_svc has reported.
ALTER TABLE orders ADD COLUMN shipped_at timestamptz;

-- migrate:down

ALTER TABLE orders DROP COLUMN shipped_at;
