#include "outbox_relay/checkpoint/checkpoint.h"

#include "outbox_relay/base/parse_number.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr char kReplace[] = R"sql(
INSERT INTO outbox_relay.checkpoints
  (source, slot, confirmed_lsn, horizon, system_identifier, publication_oid)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (source) DO UPDATE SET
  slot = excluded.slot, confirmed_lsn = excluded.confirmed_lsn, horizon = excluded.horizon,
  system_identifier = excluded.system_identifier, publication_oid = excluded.publication_oid,
  updated_at = now())sql";

constexpr char kTables[] = R"sql(
CREATE SCHEMA IF NOT EXISTS outbox_relay;
CREATE TABLE IF NOT EXISTS outbox_relay.checkpoints (
    source            text        PRIMARY KEY,
    slot              text        NOT NULL,
    confirmed_lsn     pg_lsn      NOT NULL,
    horizon           xid8        NOT NULL,
    system_identifier text        NOT NULL,
    publication_oid   oid         NOT NULL,
    updated_at        timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS outbox_relay.parked_keys (
    source               text        NOT NULL,
    topic                text        NOT NULL,
    key                  bytea       NOT NULL,
    parked_at            timestamptz NOT NULL DEFAULT now(),
    release_requested_at timestamptz,
    PRIMARY KEY (source, topic, key)
);
CREATE TABLE IF NOT EXISTS outbox_relay.parked_rows (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source        text        NOT NULL,
    topic         text        NOT NULL,
    key           bytea       NOT NULL,
    row_id        text,
    reason        text        NOT NULL CHECK (reason IN
                    ('TOO_LARGE', 'UNKNOWN_TOPIC', 'NOT_AUTHORISED', 'REFUSED', 'UNREADABLE', 'BEHIND')),
    error         text        NOT NULL,
    payload       bytea,
    header_names  text[]      NOT NULL,
    header_values bytea[]     NOT NULL,
    parked_at     timestamptz NOT NULL DEFAULT now(),
    discarded_at  timestamptz,
    UNIQUE (source, row_id)
);
CREATE INDEX IF NOT EXISTS parked_rows_key ON outbox_relay.parked_rows (source, topic, key, id);
)sql";

}  // namespace

absl::StatusOr<std::optional<Checkpoint>> CheckpointStore::Load() {
  auto result = connection_.Exec(
      "SELECT slot, confirmed_lsn, horizon, system_identifier, publication_oid"
      " FROM outbox_relay.checkpoints WHERE source = $1",
      {source_});
  if (!result.ok()) return result.status();
  if (result->rows() == 0) return std::optional<Checkpoint>();
  Checkpoint checkpoint;
  checkpoint.slot = std::string(result->Text(0, 0));
  const absl::StatusOr<Lsn> confirmed = ParseLsn(result->Text(0, 1));
  if (!confirmed.ok()) return confirmed.status();
  checkpoint.confirmed = *confirmed;
  checkpoint.system_identifier = std::string(result->Text(0, 3));
  if (!ParseNumber(result->Text(0, 2), &checkpoint.horizon) ||
      !ParseNumber(result->Text(0, 4), &checkpoint.publication_oid)) {
    return absl::InternalError("outbox_relay.checkpoints: not a number");
  }
  return std::optional(checkpoint);
}

absl::Status CheckpointStore::Replace(const Checkpoint& checkpoint) {
  return connection_
      .Exec(kReplace,
            {source_, checkpoint.slot, FormatLsn(checkpoint.confirmed), StrCat(checkpoint.horizon),
             checkpoint.system_identifier, StrCat(checkpoint.publication_oid)})
      .status();
}

absl::Status CheckpointStore::Advance(const std::string& slot, Lsn confirmed,
                                      std::uint64_t horizon) {
  auto result = connection_.Exec(
      "UPDATE outbox_relay.checkpoints SET confirmed_lsn = $3, horizon = $4, updated_at = now()"
      " WHERE source = $1 AND slot = $2 RETURNING 1",
      {source_, slot, FormatLsn(confirmed), StrCat(horizon)});
  if (!result.ok()) return result.status();
  if (result->rows() == 1) return absl::OkStatus();
  return absl::FailedPreconditionError(
      StrCat("the checkpoint of source ", source_, " no longer names slot ", slot));
}

std::string RelayTablesSql(const std::string& role) {
  const std::string quoted = QuoteIdentifier(role);
  return StrCat(kTables, "GRANT USAGE ON SCHEMA outbox_relay TO ", quoted, ";\n",
                "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA outbox_relay TO ",
                quoted, ";\n");
}

absl::Status EnsureRelayTables(PgConnection& connection) {
  auto found = connection.Exec("SELECT to_regclass('outbox_relay.parked_rows') IS NOT NULL");
  if (!found.ok()) return found.status();
  if (found->Text(0, 0) == "t") return absl::OkStatus();
  auto made = connection.ExecSimple(kTables);
  if (made.ok() || SqlState(made.status()) != "42501") return made.status();
  return absl::FailedPreconditionError(
      "the relay's own tables (schema outbox_relay) are missing and it may not create them: run "
      "what"
      " `outbox_relay schema` prints as the owner of the database");
}

}  // namespace waybill::outbox_relay
