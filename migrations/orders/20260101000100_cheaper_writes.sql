-- migrate:up

-- Lines and history are only ever written together with their order, in one transaction, and no order is
-- ever deleted: the checks proved nothing, and cost a query and a row lock for each row.
ALTER TABLE order_lines DROP CONSTRAINT order_lines_order_id_fkey;
ALTER TABLE order_history DROP CONSTRAINT order_history_order_id_fkey;

-- migrate:down

ALTER TABLE order_history ADD CONSTRAINT order_history_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE order_lines ADD CONSTRAINT order_lines_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders;
