-- migrate:up transaction:false

-- Mails with a text to be retired are found along it.
CREATE INDEX CONCURRENTLY mails_with_text ON mails (created_at) WHERE recipient <> '';

-- migrate:down

DROP INDEX mails_with_text;
