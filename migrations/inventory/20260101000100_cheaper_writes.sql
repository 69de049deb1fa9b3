-- migrate:up

-- Items are only ever written together with their reservation, in one transaction, and no reservation is ever
-- deleted: the check proved nothing, and cost a query and a row lock for each row.
ALTER TABLE reservation_items DROP CONSTRAINT reservation_items_order_id_fkey;

-- migrate:down

ALTER TABLE reservation_items ADD CONSTRAINT reservation_items_order_id_fkey
    FOREIGN KEY (order_id) REFERENCES reservations;
