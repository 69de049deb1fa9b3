#include "outbox_relay/checkpoint/checkpoint.h"

#include "outbox_relay/base/parse_number.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr char kReplace[] = R"sql(
INSERT INTO outbox_relay.checkpoints
  (source, slot, confirmed_lsn, horizon, system_identifier, publication_oid, table_oid,
   partitions, partial_lsn, partial_rows, restored_tx, restored_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, nullif($9::pg_lsn, '0/0'), $10, $11, nullif($12, ''))
ON CONFLICT (source) DO UPDATE SET
  slot = excluded.slot, confirmed_lsn = excluded.confirmed_lsn, horizon = excluded.horizon,
  system_identifier = excluded.system_identifier, publication_oid = excluded.publication_oid,
  table_oid = excluded.table_oid, partitions = excluded.partitions,
  partial_lsn = excluded.partial_lsn, partial_rows = excluded.partial_rows,
  restored_tx = excluded.restored_tx, restored_until = excluded.restored_until,
  updated_at = now())sql";

constexpr char kAdvance[] = R"sql(
UPDATE outbox_relay.checkpoints
SET confirmed_lsn = $3, horizon = $4, partial_lsn = nullif($5::pg_lsn, '0/0'), partial_rows = $6,
    updated_at = now()
WHERE source = $1 AND slot = $2 RETURNING 1)sql";

}  // namespace

absl::StatusOr<std::optional<Checkpoint>> CheckpointStore::Load() {
  ASSIGN_OR_RETURN(
      const PgResult result,
      connection_.Exec("SELECT slot, confirmed_lsn, horizon, system_identifier, publication_oid,"
                       " coalesce(partial_lsn, '0/0'), partial_rows, table_oid, partitions,"
                       " coalesce(restored_tx, '0'), coalesce(restored_until, '')"
                       " FROM outbox_relay.checkpoints WHERE source = $1",
                       {source_}));
  if (result.rows() == 0) return std::optional<Checkpoint>();
  Checkpoint checkpoint;
  checkpoint.slot = std::string(result.Text(0, 0));
  ASSIGN_OR_RETURN(checkpoint.confirmed, ParseLsn(result.Text(0, 1)));
  ASSIGN_OR_RETURN(checkpoint.partial.lsn, ParseLsn(result.Text(0, 5)));
  checkpoint.system_identifier = std::string(result.Text(0, 3));
  if (!ParseNumber(result.Text(0, 2), &checkpoint.horizon) ||
      !ParseNumber(result.Text(0, 4), &checkpoint.publication_oid) ||
      !ParseNumber(result.Text(0, 6), &checkpoint.partial.rows) ||
      !ParseNumber(result.Text(0, 7), &checkpoint.table_oid) ||
      !ParseNumber(result.Text(0, 9), &checkpoint.restored.tx)) {
    return absl::InternalError(
        "outbox_relay.checkpoints has a horizon, an oid or rows that are not a number");
  }
  checkpoint.partitions = ParseOidMap(result.Text(0, 8));
  checkpoint.restored.until = std::string(result.Text(0, 10));
  return std::optional(checkpoint);
}

absl::Status CheckpointStore::Replace(const Checkpoint& checkpoint) {
  return connection_
      .Exec(kReplace,
            {source_, checkpoint.slot, FormatLsn(checkpoint.confirmed), StrCat(checkpoint.horizon),
             checkpoint.system_identifier, StrCat(checkpoint.publication_oid),
             StrCat(checkpoint.table_oid), FormatOidMap(checkpoint.partitions),
             FormatLsn(checkpoint.partial.lsn), StrCat(checkpoint.partial.rows),
             StrCat(checkpoint.restored.tx), checkpoint.restored.until})
      .status();
}

absl::Status CheckpointStore::Advance(const Checkpoint& checkpoint) {
  ASSIGN_OR_RETURN(
      const PgResult result,
      connection_.Exec(kAdvance, {source_, checkpoint.slot, FormatLsn(checkpoint.confirmed),
                                  StrCat(checkpoint.horizon), FormatLsn(checkpoint.partial.lsn),
                                  StrCat(checkpoint.partial.rows)}));
  if (result.rows() == 1) return absl::OkStatus();
  return absl::FailedPreconditionError(
      StrCat("the checkpoint of source ", source_, " no longer names slot ", checkpoint.slot));
}

absl::Status CheckpointStore::RecordPartitions(const OidMap& partitions) {
  return connection_
      .Exec(
          "UPDATE outbox_relay.checkpoints SET partitions = $2"
          " WHERE source = $1",
          {source_, FormatOidMap(partitions)})
      .status();
}

absl::Status CheckpointStore::Distrust() {
  return connection_
      .Exec("UPDATE outbox_relay.checkpoints SET publication_oid = 0 WHERE source = $1", {source_})
      .status();
}

absl::StatusOr<std::string> CheckpointStore::KafkaCluster() {
  ASSIGN_OR_RETURN(
      const PgResult result,
      connection_.Exec("SELECT kafka_cluster_id FROM outbox_relay.checkpoints WHERE source = $1",
                       {source_}));
  return result.rows() == 0 ? std::string() : std::string(result.Text(0, 0));
}

absl::StatusOr<bool> CheckpointStore::RecordKafkaCluster(const std::string& id) {
  ASSIGN_OR_RETURN(const PgResult result,
                   connection_.Exec("UPDATE outbox_relay.checkpoints SET kafka_cluster_id = $2"
                                    " WHERE source = $1 RETURNING 1",
                                    {source_, id}));
  return result.rows() == 1;
}

absl::Status CheckpointStore::BeginKafkaCluster(const std::string& id) {
  return connection_
      .Exec(
          "WITH cut AS (DELETE FROM outbox_relay.backfills WHERE source = $1)"
          " UPDATE outbox_relay.checkpoints SET kafka_cluster_id = $2, publication_oid = 0,"
          " horizon = '0', partial_lsn = NULL, partial_rows = 0 WHERE source = $1",
          {source_, id})
      .status();
}

}  // namespace waybill::outbox_relay
