-- migrate:up

CREATE TABLE mails (
    mail_id      uuid        PRIMARY KEY,  -- the event's id, so that the Message-ID is the same for ever
    order_id     uuid        NOT NULL,
    -- The event's number within its order: mails of one order are sent in this order.
    sequence     bigint      NOT NULL,
    recipient    text        NOT NULL,
    subject      text        NOT NULL,
    text_body    text        NOT NULL,
    html_body    text        NOT NULL,
    state        text        NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'SENT', 'FAILED')),
    error        text,
    tries        integer     NOT NULL DEFAULT 0,
    due_at       timestamptz NOT NULL DEFAULT now(),
    leased_until timestamptz,
    traceparent  text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    sent_at      timestamptz,
    UNIQUE (order_id, sequence)
) WITH (fillfactor = 80);
CREATE INDEX mails_due ON mails (due_at) WHERE state = 'PENDING';

GRANT SELECT, INSERT, UPDATE ON mails TO waybill_service;

-- migrate:down

DROP TABLE mails;
