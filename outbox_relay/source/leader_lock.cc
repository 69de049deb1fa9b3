#include "outbox_relay/source/leader_lock.h"

#include "platform/log/log.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kLockPoll = absl::Milliseconds(250);
constexpr int kPollsPerLookAtHolder = 20;

// One lock for the name of the slots, $1, one for that of the source, $2: both or none. The second
// came later: an older relay takes only the first.
constexpr char kTryLock[] = R"sql(
SELECT CASE
  WHEN NOT pg_try_advisory_lock(hashtext('outbox_relay'), hashtext($1)) THEN false
  WHEN pg_try_advisory_lock(hashtext('outbox_relay.source'), hashtext($2)) THEN true
  ELSE NOT pg_advisory_unlock(hashtext('outbox_relay'), hashtext($1)) END)sql";

// A session that holds one of the two locks together with the other one of another relay.
constexpr char kFindRival[] = R"sql(
WITH held AS (
  SELECT pid, classid::bigint AS class, objid::bigint AS object FROM pg_locks
  WHERE locktype = 'advisory' AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())),
wanted AS (
  SELECT hashtext('outbox_relay')::bigint & 4294967295 AS slot_class,
         hashtext('outbox_relay.source')::bigint & 4294967295 AS source_class,
         hashtext($1)::bigint & 4294967295 AS slot, hashtext($2)::bigint & 4294967295 AS source)
SELECT a.pid, a.application_name, slot_lock.object = wanted.slot
FROM wanted JOIN held slot_lock ON slot_lock.class = wanted.slot_class
JOIN held source_lock ON source_lock.class = wanted.source_class AND source_lock.pid = slot_lock.pid
JOIN pg_stat_activity a ON a.pid = slot_lock.pid
WHERE (slot_lock.object = wanted.slot) <> (source_lock.object = wanted.source)
LIMIT 1)sql";

// Lets other relays' errors, and operators, see in pg_stat_activity which source a leader relays.
absl::Status NameSession(PgConnection& control, const SourceConfig& source) {
  return control
      .Exec(
          "SELECT set_config('application_name',"
          " concat_ws(' ', current_setting('application_name'), $1::text), false)",
          {source.name})
      .status();
}

}  // namespace

absl::Status RefuseRival(PgConnection& connection, const SourceConfig& source) {
  ASSIGN_OR_RETURN(const PgResult rival, connection.Exec(kFindRival, {source.slot, source.name}));
  if (rival.rows() == 0) return absl::OkStatus();
  const bool same_slot = rival.Text(0, 2) == "t";
  return absl::FailedPreconditionError(
      StrCat("source \"", source.name, "\" can't be relayed: in this database the relay \"",
             rival.Text(0, 1), "\" (process ", rival.Text(0, 0), " of the server) has the same ",
             same_slot ? StrCat("slot, \"", source.slot, "\", for another source")
                       : "source name with another slot",
             ": give each source of a database a name and a slot of its own"));
}

absl::StatusOr<bool> AwaitLeadership(PgConnection& control, const SourceConfig& source,
                                     const Stop& stop, SourceMetrics& metrics) {
  RETURN_IF_ERROR(NameSession(control, source));
  for (int polls = 0; !stop.requested(); ++polls) {
    ASSIGN_OR_RETURN(const PgResult locked, control.Exec(kTryLock, {source.slot, source.name}));
    if (locked.Text(0, 0) == "t") return true;
    if (polls % kPollsPerLookAtHolder == 0) {
      RETURN_IF_ERROR(RefuseRival(control, source));
    }
    metrics.Became(SourceState::kStandby);
    if (polls == 0) {
      log::Info("the relay stands by: another one is the leader", {{"source", source.name}});
    }
    stop.WaitFor(kLockPoll);
  }
  return false;
}

}  // namespace waybill::outbox_relay
