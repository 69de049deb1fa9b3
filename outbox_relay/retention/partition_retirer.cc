#include "outbox_relay/retention/partition_retirer.h"

#include "outbox_relay/base/parse_number.h"
#include "outbox_relay/base/restored_rows.h"
#include "platform/faults/fault_point.h"
#include "platform/log/log.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

// The upper end of a range is the second literal of FOR VALUES FROM ('...') TO ('...'); a default
// partition and one without an end have none and are never old.
constexpr char kOldPartitions[] = R"sql(
SELECT c.relname, i.inhdetachpending, b.ended
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
CROSS JOIN LATERAL (SELECT substring(pg_get_expr(c.relpartbound, c.oid)
                                     from $re$TO \('([^']+)'\)$re$)::timestamptz AS ended) b
WHERE i.inhparent = to_regclass($1) AND b.ended < now() - $2::bigint * interval '1 second'
ORDER BY 1)sql";

// What was left behind between a detachment and a drop.
constexpr char kLeftOver[] = R"sql(
SELECT pg_get_expr(c.relpartbound, c.oid) FROM pg_class c
WHERE c.oid = to_regclass($1))sql";

}  // namespace

std::string PartitionRetirer::Qualified(const std::string& table) const {
  return QuoteTable(source_.schema, table);
}

absl::StatusOr<std::vector<PartitionRetirer::Partition>> PartitionRetirer::OldPartitions() {
  ASSIGN_OR_RETURN(const PgResult result,
                   connection_.Exec(kOldPartitions,
                                    {Qualified(source_.table),
                                     StrCat(absl::ToInt64Seconds(source_.partitions.retention))}));
  std::vector<Partition> partitions;
  for (int i = 0; i < result.rows(); ++i) {
    partitions.push_back(
        {std::string(result.Text(i, 0)), result.Text(i, 1) == "t", std::string(result.Text(i, 2))});
  }
  return partitions;
}

absl::StatusOr<bool> PartitionRetirer::IsPublished(const std::string& partition) {
  ASSIGN_OR_RETURN(
      const PgResult checkpoint,
      connection_.Exec("SELECT horizon, coalesce(restored_tx, '0'), coalesce(restored_until, '')"
                       " FROM outbox_relay.checkpoints WHERE source = $1"
                       " AND table_oid IN (0, to_regclass($2)::oid)",
                       {source_.name, Qualified(source_.table)}));
  if (checkpoint.rows() == 0) return false;
  std::uint64_t horizon = 0;
  RestoredRows restored{.until = std::string(checkpoint.Text(0, 2))};
  if (!ParseNumber(checkpoint.Text(0, 0), &horizon) ||
      !ParseNumber(checkpoint.Text(0, 1), &restored.tx)) {
    return absl::InternalError("outbox_relay.checkpoints has a transaction that is no number");
  }
  ASSIGN_OR_RETURN(
      const PgResult result,
      connection_.Exec(
          StrCat("SELECT NOT EXISTS (SELECT FROM ", Qualified(partition), " WHERE ",
                 UnpublishedSql(source_.mapping.tx, source_.mapping.order, horizon, restored), ")"),
          {}, absl::Minutes(10)));
  return result.Text(0, 0) == "t";
}

absl::Status PartitionRetirer::NoteRetired(const Partition& partition) {
  return connection_
      .Exec(
          "UPDATE outbox_relay.checkpoints SET retired_until = greatest(retired_until, $2)"
          " WHERE source = $1",
          {source_.name, partition.ended})
      .status();
}

absl::StatusOr<bool> PartitionRetirer::HasOmittedPayloads(const std::string& partition) {
  if (source_.mapping.row_id.empty()) return false;
  ASSIGN_OR_RETURN(
      const PgResult result,
      connection_.Exec(StrCat("SELECT EXISTS (SELECT FROM ", Qualified(partition), " WHERE ",
                              QuoteIdentifier(source_.mapping.row_id),
                              "::text IN (SELECT row_id FROM outbox_relay.parked_rows WHERE source"
                              " = $1 AND payload_omitted AND discarded_at IS NULL))"),
                       {source_.name}, absl::Minutes(10)));
  return result.Text(0, 0) == "t";
}

absl::Status PartitionRetirer::Detach(const Partition& partition) {
  return connection_
      .Exec(StrCat("ALTER TABLE ", Qualified(source_.table), " DETACH PARTITION ",
                   Qualified(partition.name), partition.detaching ? " FINALIZE" : " CONCURRENTLY"))
      .status();
}

absl::Status PartitionRetirer::Reattach(const std::string& partition, const std::string& bounds) {
  return connection_
      .Exec(StrCat("ALTER TABLE ", Qualified(source_.table), " ATTACH PARTITION ",
                   Qualified(partition), " ", bounds))
      .status();
}

absl::Status PartitionRetirer::Drop(const std::string& partition) {
  const std::string& function = source_.partitions.drop_function;
  if (function.empty()) return connection_.Exec("DROP TABLE " + Qualified(partition)).status();
  return connection_.Exec(StrCat("SELECT ", function, "($1)"), {partition}).status();
}

absl::StatusOr<int> PartitionRetirer::Round() {
  ASSIGN_OR_RETURN(const std::vector<Partition> old, OldPartitions());
  int gone = 0;
  for (const Partition& partition : old) {
    ASSIGN_OR_RETURN(bool published, IsPublished(partition.name));
    if (!published) {
      log::Warn("the partition is past its retention but may have unpublished rows: it is kept",
                {{"source", source_.name}, {"partition", partition.name}});
      continue;
    }
    ASSIGN_OR_RETURN(const bool needed, HasOmittedPayloads(partition.name));
    if (needed) {
      log::Warn(
          "the partition is past its retention but has a parked row that is too large to be"
          " copied: it is kept until the row is released or discarded",
          {{"source", source_.name}, {"partition", partition.name}});
      continue;
    }
    ASSIGN_OR_RETURN(const PgResult bounds,
                     connection_.Exec(kLeftOver, {Qualified(partition.name)}));
    // Before its rows are gone, so that nobody misses them unawares.
    RETURN_IF_ERROR(NoteRetired(partition));
    RETURN_IF_ERROR(Detach(partition));
    faults::Point("outbox_relay.partition_detached");
    // A transaction as old as the partition may have written into it since.
    ASSIGN_OR_RETURN(published, IsPublished(partition.name));
    if (!published) {
      RETURN_IF_ERROR(Reattach(partition.name, std::string(bounds.Text(0, 0))));
      continue;
    }
    RETURN_IF_ERROR(Drop(partition.name));
    log::Info("the partition is past its retention and published: it is dropped",
              {{"source", source_.name}, {"partition", partition.name}});
    ++gone;
  }
  return gone;
}

}  // namespace waybill::outbox_relay
