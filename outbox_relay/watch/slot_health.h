// Reads how much log a source's slot makes the server keep, and how much more it may.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/config.h"

namespace waybill::outbox_relay {

struct SlotHealth {
  // Of the checkpoint, or while the first backfill runs the one that it made; "" before that.
  std::string slot;
  // pg_replication_slots.wal_status: reserved, extended, unreserved, lost; "gone" without a slot.
  std::string wal_status = "gone";
  std::int64_t retained_bytes = 0;
  // The log written since the position that was confirmed last.
  std::int64_t lag_bytes = 0;
  // How much may be written before the slot is lost; nothing without max_slot_wal_keep_size.
  std::optional<std::int64_t> safe_bytes;
  // Whether a server process streams from it.
  bool active = false;
  std::int64_t parked_rows = 0;

  // Before its first start a source has no slot to lose.
  bool lost() const { return !slot.empty() && (wal_status == "lost" || wal_status == "gone"); }
  // Whether the slot has used up 80 % of the log that it may keep.
  bool endangered() const {
    return safe_bytes.has_value() && *safe_bytes < (retained_bytes + *safe_bytes) / 5;
  }
};

// One query; works whether a relay is running or not. Aborted when the relay's tables are missing.
absl::StatusOr<SlotHealth> ReadSlotHealth(PgConnection& connection, const SourceConfig& source);

}  // namespace waybill::outbox_relay
