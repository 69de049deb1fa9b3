#include "outbox_relay/source/slots.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "outbox_relay/base/parse_number.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

// $1 is the source, $2 the beginning of its slots' names. In a copy of a database the relay's tables
// name the slots of the original.
constexpr char kFindSlots[] = R"sql(
SELECT s.slot_name, s.name_matches, coalesce(s.owner, ''), coalesce(s.database, ''),
       s.database IS NOT DISTINCT FROM current_database(), coalesce(s.plugin, ''),
       coalesce(s.wal_status, '') = 'lost' OR s.restart_lsn IS NULL,
       coalesce(s.confirmed_flush_lsn, '0/0'), coalesce(s.active_pid, 0)
FROM (SELECT *, slot_name ~ ('^' || $2 || '(_[0-9]+)?$') AS name_matches, $OWNER AS owner
      FROM pg_replication_slots r) s
WHERE s.name_matches OR (s.owner = $1 AND s.database = current_database()))sql";

constexpr char kOwner[] = R"sql(
(SELECT o.source FROM (SELECT slot, source FROM outbox_relay.slots
                       UNION SELECT slot, source FROM outbox_relay.checkpoints) o
 WHERE o.slot = r.slot_name ORDER BY o.source = $1 DESC LIMIT 1))sql";

constexpr char kUndefinedTable[] = "42P01";

absl::StatusOr<PgResult> QuerySlots(PgConnection& connection, const SourceConfig& source) {
  const auto query = [&](const char* owner) {
    return connection.Exec(absl::StrReplaceAll(kFindSlots, {{"$OWNER", owner}}),
                           {source.name, source.slot});
  };
  absl::StatusOr<PgResult> result = query(kOwner);
  if (SqlState(result.status()) != kUndefinedTable) return result;
  return query("nullif($1, $1)");
}

SlotConflict SomebodyElses(const std::string& name, const std::string& whose,
                           const SourceConfig& source) {
  return {StrCat("slot \"", name, "\" has a name of this source's, but ", whose),
          StrCat("give the source another `slot` than \"", source.slot,
                 "\", or, if nobody needs that slot, run: SELECT pg_drop_replication_slot(",
                 QuoteLiteral(name), ")")};
}

SlotConflict OfAnotherConfiguration(const std::string& name, const SourceConfig& source) {
  return {
      StrCat("slot \"", name, "\" was created for a source with this name, \"", source.name,
             "\", by a configuration with another `slot` than \"", source.slot, "\""),
      StrCat("give this source another name, or the `slot` that it had; to rename the slot, stop"
             " every relay of the source and run: SELECT pg_drop_replication_slot(",
             QuoteLiteral(name), "): the relay then backfills from the table")};
}

// Row `i` of QuerySlots.
absl::Status AddSlot(const PgResult& result, int i, const SourceConfig& source,
                     SourceSlots* slots) {
  SlotState state{.name = std::string(result.Text(i, 0)), .lost = result.Text(i, 6) == "t"};
  const bool name_matches = result.Text(i, 1) == "t";
  const std::string_view owner = result.Text(i, 2), database = result.Text(i, 3),
                         plugin = result.Text(i, 5);
  if (plugin.empty()) {
    slots->conflicts.push_back(SomebodyElses(state.name, "is a physical one", source));
  } else if (result.Text(i, 4) != "t") {
    slots->conflicts.push_back(
        SomebodyElses(state.name, StrCat("belongs to database \"", database, "\""), source));
  } else if (owner.empty() || plugin != "pgoutput") {
    slots->conflicts.push_back(SomebodyElses(
        state.name, StrCat("this relay has no record of creating it (plugin ", plugin, ")"),
        source));
  } else if (owner != source.name) {
    slots->conflicts.push_back(
        SomebodyElses(state.name, StrCat("belongs to source \"", owner, "\""), source));
  } else if (!name_matches) {
    slots->conflicts.push_back(OfAnotherConfiguration(state.name, source));
  } else {
    ASSIGN_OR_RETURN(state.confirmed, ParseLsn(result.Text(i, 7)));
    if (!ParseNumber(result.Text(i, 8), &state.active_pid)) {
      return absl::InternalError("pg_replication_slots has an active_pid that is not a number");
    }
    slots->own.push_back(std::move(state));
  }
  return absl::OkStatus();
}

// Waits until the next result is there, calling `waiting` about ten times per second.
absl::Status AwaitResult(PgConnection& connection, const std::string& sql,
                         const std::function<absl::Status()>& waiting) {
  while (PQisBusy(connection.get())) {
    const int unsent = PQflush(connection.get());
    if (connection.WaitForSocket(unsent > 0, absl::Milliseconds(100)) &&
        PQconsumeInput(connection.get()) == 0) {
      return connection.Broken(sql);
    }
    RETURN_IF_ERROR(waiting());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SourceSlots> FindSlots(PgConnection& connection, const SourceConfig& source) {
  ASSIGN_OR_RETURN(const PgResult result, QuerySlots(connection, source));
  SourceSlots slots;
  for (int i = 0; i < result.rows(); ++i) {
    RETURN_IF_ERROR(AddSlot(result, i, source, &slots));
  }
  return slots;
}

absl::Status RefuseConflicts(const std::vector<SlotConflict>& conflicts) {
  if (conflicts.empty()) return absl::OkStatus();
  std::vector<std::string> sentences;
  for (const SlotConflict& conflict : conflicts) {
    sentences.push_back(StrCat(conflict.text, ": ", conflict.fix));
  }
  return absl::FailedPreconditionError(absl::StrJoin(sentences, "; "));
}

absl::Status RecordSlot(PgConnection& connection, const std::string& name,
                        const std::string& source) {
  return connection
      .Exec(
          "INSERT INTO outbox_relay.slots (slot, source) VALUES ($1, $2)"
          " ON CONFLICT (slot) DO UPDATE SET source = excluded.source, created_at = now()",
          {name, source})
      .status();
}

absl::Status DropSlot(PgConnection& connection, const std::string& name) {
  RETURN_IF_ERROR(connection.Exec("SELECT pg_drop_replication_slot($1)", {name}).status());
  return connection.Exec("DELETE FROM outbox_relay.slots WHERE slot = $1", {name}).status();
}

absl::StatusOr<bool> IsStreamerBusy(PgConnection& connection, const std::string& slot) {
  ASSIGN_OR_RETURN(
      const PgResult result,
      connection.Exec("SELECT coalesce(wait_event_type, '') NOT IN ('Activity', 'Client')"
                      " FROM pg_replication_slots JOIN pg_stat_activity ON pid = active_pid"
                      " WHERE slot_name = $1",
                      {slot}));
  return result.rows() == 1 && result.Text(0, 0) == "t";
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
  // The connection is free for the next command once there are no more results.
  std::optional<PgResult> result;
  for (;;) {
    RETURN_IF_ERROR(AwaitResult(connection, sql, waiting));
    PGresult* next = PQgetResult(connection.get());
    if (next == nullptr) break;
    result.emplace(next);
  }
  if (!result || result->status() != PGRES_TUPLES_OK) {
    return absl::AbortedError(StrCat(sql, ": ", PQerrorMessage(connection.get())));
  }
  ASSIGN_OR_RETURN(const Lsn point, ParseLsn(result->Text(0, 1)));
  return NewSlot{point, std::string(result->Text(0, 2))};
}

}  // namespace waybill::outbox_relay
