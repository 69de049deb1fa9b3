-- migrate:up

-- They tell what is known about a started step that has not been settled.
ALTER TABLE payments
    -- When the provider was last called for the step, look-ups apart. A build from before this column
    -- leaves it NULL; then updated_at says so, late enough.
    ADD COLUMN step_called_at timestamptz,
    -- How the provider's last answer contradicts what was asked for. Nobody moves the payment on by it.
    ADD COLUMN step_mismatch  text;

-- migrate:down

ALTER TABLE payments
    DROP COLUMN step_called_at,
    DROP COLUMN step_mismatch;
