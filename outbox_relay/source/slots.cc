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

}  // namespace waybill::outbox_relay
