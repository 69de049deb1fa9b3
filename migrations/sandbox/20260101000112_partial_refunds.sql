-- migrate:up

-- A payment intent may have several refunds, which their metadata tells apart.
ALTER TABLE refunds ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}';
CREATE INDEX refunds_intent ON refunds (payment_intent);

-- migrate:down

DROP INDEX refunds_intent;
ALTER TABLE refunds DROP COLUMN metadata;
