-- migrate:up

SET LOCAL lock_timeout = '2s';

-- A mail that is blanked has '' in recipient, subject, text_body and html_body, and no error. Its row stays: it
-- says that the mail was sent.
ALTER TABLE mails SET (autovacuum_vacuum_scale_factor = 0.02);

-- migrate:down

ALTER TABLE mails RESET (autovacuum_vacuum_scale_factor);
