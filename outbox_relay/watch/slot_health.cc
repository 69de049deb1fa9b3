#include "outbox_relay/watch/slot_health.h"

#include "outbox_relay/base/parse_number.h"
#include "platform/types/status_macros.h"

namespace waybill::outbox_relay {
namespace {

constexpr char kHealth[] = R"sql(
WITH log_end AS (
  SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
              ELSE pg_current_wal_insert_lsn() END AS lsn),
newest AS (
  SELECT r.slot AS slot_name FROM outbox_relay.slots r
  JOIN pg_replication_slots s ON s.slot_name = r.slot AND s.database = current_database()
  WHERE r.source = $1 ORDER BY r.created_at DESC LIMIT 1)
SELECT coalesce(c.slot, n.slot_name, ''), coalesce(s.wal_status, 'gone'),
       coalesce(pg_wal_lsn_diff(l.lsn, s.restart_lsn), 0)::bigint,
       coalesce(pg_wal_lsn_diff(l.lsn, s.confirmed_flush_lsn), 0)::bigint,
       CASE WHEN s.safe_wal_size < 0 THEN 0 ELSE s.safe_wal_size END, coalesce(s.active, false),
       (SELECT count(*) FROM outbox_relay.parked_rows p
        WHERE p.source = $1 AND p.discarded_at IS NULL)
FROM log_end l
LEFT JOIN outbox_relay.checkpoints c ON c.source = $1
LEFT JOIN newest n ON true
LEFT JOIN pg_replication_slots s ON s.slot_name = coalesce(c.slot, n.slot_name))sql";

}  // namespace

absl::StatusOr<SlotHealth> ReadSlotHealth(PgConnection& connection, const SourceConfig& source) {
  ASSIGN_OR_RETURN(const PgResult result, connection.Exec(kHealth, {source.name}));
  SlotHealth health;
  health.slot = std::string(result.Text(0, 0));
  health.wal_status = std::string(result.Text(0, 1));
  health.active = result.Text(0, 5) == "t";
  std::int64_t safe = 0;
  if (!ParseNumber(result.Text(0, 2), &health.retained_bytes) ||
      !ParseNumber(result.Text(0, 3), &health.lag_bytes) ||
      !ParseNumber(result.Text(0, 6), &health.parked_rows)) {
    return absl::InternalError("pg_replication_slots has a size that is not a number");
  }
  if (!result.IsNull(0, 4) && ParseNumber(result.Text(0, 4), &safe)) health.safe_bytes = safe;
  return health;
}

}  // namespace waybill::outbox_relay
