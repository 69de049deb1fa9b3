#include "outbox_relay/check/slot_checks.h"

#include <algorithm>
#include <map>
#include <string>

#include "outbox_relay/source/leader_lock.h"
#include "outbox_relay/source/open_transactions.h"
#include "outbox_relay/source/slots.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(10);

void ExpectFree(PgConnection& connection, const std::string& limit, const std::string& what,
                const std::string& in_use, Findings& findings) {
  const std::string free = Value(
      connection, StrCat("SELECT current_setting('", limit, "')::int - count(*) FROM ", in_use));
  findings.Expect(!free.empty() && free[0] != '-' && free != "0",
                  StrCat("requirement: a free replication ", what, "; ", free, " are free"),
                  StrCat("ALTER SYSTEM SET ", limit, " = 10 (or more); then restart the server"));
}

// What the first start needs, and nothing else does: later, the source's own relay may hold the only
// slot and the only connection.
void CheckFirstStart(PgConnection& connection, Findings& findings) {
  const absl::StatusOr<OpenTransactions> open = FindOpenTransactions(connection);
  if (open.ok() && !open->prepared.empty()) {
    findings.Warn(
        "the first start will wait for every transaction that has written, and some are"
        " prepared",
        open->prepared);
  }
  ExpectFree(connection, "max_replication_slots", "slot", "pg_replication_slots", findings);
  ExpectFree(connection, "max_wal_senders", "connection", "pg_stat_get_wal_senders()", findings);
}

// The server, as its clones know it, too; "" if it can't be reached.
std::string ServerOf(const SourceConfig& source) {
  auto connection = PgConnection::Connect(source.conninfo.Get(), PgConnection::Kind::kSql,
                                          {{"statement_timeout", "5000"}}, kTimeout);
  return connection.ok() ? Value(*connection, "SELECT system_identifier FROM pg_control_system()")
                         : "";
}

}  // namespace

void CheckSlots(PgConnection& connection, const SourceConfig& source, Findings& findings) {
  if (const absl::Status rival = RefuseRival(connection, source);
      absl::IsFailedPrecondition(rival)) {
    findings.Broken(std::string(rival.message()), "");
  }
  const absl::StatusOr<SourceSlots> slots = FindSlots(connection, source);
  if (!slots.ok()) {
    findings.Broken(std::string(slots.status().message()), "");
    return;
  }
  const bool first_start = slots->own.empty();
  for (const SlotConflict& conflict : slots->conflicts) {
    first_start ? findings.Broken(conflict.text, conflict.fix)
                : findings.Warn(conflict.text, conflict.fix);
  }
  if (first_start) CheckFirstStart(connection, findings);
}

void CheckSharedSlots(const std::vector<SourceConfig>& sources, Findings& findings) {
  std::map<std::string, std::vector<const SourceConfig*>> by_slot;
  for (const SourceConfig& source : sources) by_slot[source.slot].push_back(&source);
  for (const auto& [slot, sharing] : by_slot) {
    if (sharing.size() < 2) continue;
    std::map<std::string, std::string> source_of_server;
    for (const SourceConfig* source : sharing) {
      const std::string server = ServerOf(*source);
      if (server.empty()) continue;
      const auto [first, is_first] = source_of_server.emplace(server, source->name);
      if (is_first) continue;
      findings.Broken(StrCat("sources \"", first->second, "\" and \"", source->name,
                             "\" have one slot, \"", slot, "\", in one server"),
                      "give each of them a `slot` of its own");
    }
  }
}

}  // namespace waybill::outbox_relay
