#include "outbox_relay/source/horizon.h"

#include "outbox_relay/base/parse_number.h"
#include "outbox_relay/base/wal_position.h"
#include "platform/types/status_macros.h"

namespace waybill::outbox_relay {

// Asks for the oldest running transaction first and for the log's end second: whatever ended before the
// first question has its commit record before the second's answer.
absl::StatusOr<Horizon> TakeHorizon(PgConnection& control, const OidMap& partitions) {
  ASSIGN_OR_RETURN(const PgResult xmin,
                   control.Exec("SELECT pg_snapshot_xmin(pg_current_snapshot())"));
  Horizon horizon{.partitions = partitions};
  if (!ParseNumber(xmin.Text(0, 0), &horizon.xmin)) {
    return absl::InternalError("pg_snapshot_xmin is not a number");
  }
  ASSIGN_OR_RETURN(horizon.position, InsertPosition(control));
  return horizon;
}

}  // namespace waybill::outbox_relay
