#include "outbox_relay/source/slots.h"

#include <algorithm>

#include "outbox_relay/base/parse_number.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr char kFindSlots[] = R"sql(
SELECT slot_name, coalesce(wal_status, '') = 'lost' OR restart_lsn IS NULL,
       coalesce(confirmed_flush_lsn, '0/0'), coalesce(active_pid, 0)
FROM pg_replication_slots
WHERE database = current_database() AND slot_type = 'logical'
  AND slot_name ~ ('^' || $1 || '(_[0-9]+)?$'))sql";

constexpr char kInspect[] = R"sql(
SELECT c.oid, c.relkind = 'p', p.oid, p.puballtables, p.pubinsert, p.pubviaroot, r.oid,
       r.prqual IS NOT NULL, p.xmin
FROM (SELECT to_regclass($1) AS oid) t
LEFT JOIN pg_class c ON c.oid = t.oid
LEFT JOIN pg_publication p ON p.pubname = $2
LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = c.oid)sql";

// A domain is read as what it is made of.
constexpr char kColumns[] = R"sql(
SELECT a.attname, CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum)sql";

absl::StatusOr<std::vector<ColumnInfo>> ReadColumns(PgConnection& connection,
                                                    const std::string& table_oid) {
  ASSIGN_OR_RETURN(const PgResult result, connection.Exec(kColumns, {table_oid}));
  std::vector<ColumnInfo> columns;
  for (int i = 0; i < result.rows(); ++i) {
    ColumnInfo column{std::string(result.Text(i, 0)), 0};
    if (!ParseNumber(result.Text(i, 1), &column.type)) {
      return absl::InternalError("pg_attribute has a type oid that is not a number");
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace

absl::StatusOr<std::vector<SlotState>> FindSlots(PgConnection& connection,
                                                 const std::string& slot) {
  ASSIGN_OR_RETURN(const PgResult result, connection.Exec(kFindSlots, {slot}));
  std::vector<SlotState> slots;
  for (int i = 0; i < result.rows(); ++i) {
    SlotState state;
    state.name = std::string(result.Text(i, 0));
    state.lost = result.Text(i, 1) == "t";
    ASSIGN_OR_RETURN(state.confirmed, ParseLsn(result.Text(i, 2)));
    if (!ParseNumber(result.Text(i, 3), &state.active_pid)) {
      return absl::InternalError("pg_replication_slots has an active_pid that is not a number");
    }
    slots.push_back(std::move(state));
  }
  return slots;
}

absl::Status DropSlot(PgConnection& connection, const std::string& name) {
  return connection.Exec("SELECT pg_drop_replication_slot($1)", {name}).status();
}

absl::Status EvictStreamer(PgConnection& connection, const std::string& slot) {
  return connection
      .Exec(
          "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots"
          " WHERE slot_name = $1 AND active_pid IS NOT NULL",
          {slot})
      .status();
}

std::string NextSlotName(const std::string& slot, const std::vector<std::string>& used) {
  std::int64_t highest = 0;
  const std::string prefix = slot + "_";
  for (const std::string_view name : used) {
    std::int64_t number = 0;
    if (name.starts_with(prefix) && ParseNumber(name.substr(prefix.size()), &number)) {
      highest = std::max(highest, number);
    }
  }
  return StrCat(slot, "_", highest + 1);
}

absl::StatusOr<NewSlot> CreateSlot(PgConnection& connection, const std::string& name,
                                   const std::function<absl::Status()>& waiting) {
  const std::string sql = StrCat("CREATE_REPLICATION_SLOT ", QuoteIdentifier(name),
                                 " LOGICAL pgoutput EXPORT_SNAPSHOT");
  if (PQsendQuery(connection.get(), sql.c_str()) == 0) return connection.Broken(sql);
  while (PQisBusy(connection.get())) {
    const int unsent = PQflush(connection.get());
    if (connection.WaitForSocket(unsent > 0, absl::Milliseconds(100)) &&
        PQconsumeInput(connection.get()) == 0) {
      return connection.Broken(sql);
    }
    RETURN_IF_ERROR(waiting());
  }
  PgResult result(PQgetResult(connection.get()));
  if (result.status() != PGRES_TUPLES_OK) {
    return absl::AbortedError(StrCat(sql, ": ", PQerrorMessage(connection.get())));
  }
  ASSIGN_OR_RETURN(const Lsn point, ParseLsn(result.Text(0, 1)));
  return NewSlot{point, std::string(result.Text(0, 2))};
}

absl::StatusOr<Outbox> InspectOutbox(PgConnection& connection, const SourceConfig& source) {
  const std::string table =
      StrCat(QuoteIdentifier(source.schema), ".", QuoteIdentifier(source.table));
  ASSIGN_OR_RETURN(const PgResult result, connection.Exec(kInspect, {table, source.publication}));
  const auto is_true = [&result](int column) { return result.Text(0, column) == "t"; };
  if (result.IsNull(0, 0)) {
    return absl::FailedPreconditionError(StrCat("there is no table ", table));
  }
  const std::string publication = QuoteIdentifier(source.publication);
  if (result.IsNull(0, 2)) {
    return absl::FailedPreconditionError(StrCat(
        "there is no publication ", publication, ": CREATE PUBLICATION ", publication,
        " FOR TABLE ", table, " WITH (publish = 'insert', publish_via_partition_root = true)"));
  }
  if (!is_true(4)) {
    return absl::FailedPreconditionError(StrCat("publication ", publication,
                                                " doesn't publish inserts: ALTER PUBLICATION ",
                                                publication, " SET (publish = 'insert')"));
  }
  if (is_true(1) && !is_true(5)) {
    return absl::FailedPreconditionError(
        StrCat("publication ", publication,
               " publishes partitions under their own names: ALTER PUBLICATION ", publication,
               " SET (publish_via_partition_root = true)"));
  }
  if (result.IsNull(0, 6) && !is_true(3)) {
    return absl::FailedPreconditionError(StrCat("publication ", publication, " doesn't have table ",
                                                table, ": ALTER PUBLICATION ", publication,
                                                " ADD TABLE ", table));
  }
  if (is_true(7)) {
    return absl::FailedPreconditionError(StrCat("publication ", publication,
                                                " has a WHERE clause for ", table,
                                                ": rows that it leaves out would be lost"));
  }
  Outbox outbox;
  std::uint32_t version = 0;
  if (!ParseNumber(result.Text(0, result.IsNull(0, 6) ? 2 : 6), &outbox.publication_oid) ||
      !ParseNumber(result.Text(0, 8), &version)) {
    return absl::InternalError("pg_publication has an oid that is not a number");
  }
  // Multiplied by an odd constant, so that two small numbers don't cancel out.
  outbox.publication_oid ^= version * 0x9E3779B1U;
  ASSIGN_OR_RETURN(outbox.columns, ReadColumns(connection, std::string(result.Text(0, 0))));
  return outbox;
}

}  // namespace waybill::outbox_relay
