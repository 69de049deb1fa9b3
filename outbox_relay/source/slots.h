// Finds, creates and drops the replication slots of a source.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outbox_relay/base/lsn.h"
#include "outbox_relay/base/pg_connection.h"

namespace waybill::outbox_relay {

struct SlotState {
  std::string name;
  // The log that the slot needs has been removed: it can't be streamed from any more.
  bool lost = false;
  Lsn confirmed = 0;
  // The server process that streams from it, 0 for none.
  int active_pid = 0;
};

// The slots called <slot> or <slot>_<number> in this database, in no order.
absl::StatusOr<std::vector<SlotState>> FindSlots(PgConnection& connection, const std::string& slot);
absl::Status DropSlot(PgConnection& connection, const std::string& name);
// Ends the server process that a dead relay left streaming. Only for the holder of the leader lock.
absl::Status EvictStreamer(PgConnection& connection, const std::string& slot);
// The name after the last one used.
std::string NextSlotName(const std::string& slot, const std::vector<std::string>& used);

struct NewSlot {
  Lsn consistent_point = 0;
  // For SET TRANSACTION SNAPSHOT, until the connection is used again or closed.
  std::string snapshot;
};
// Waits until every transaction that is writing now has ended, calling `waiting` about ten times
// per second; an error from that ends it. The connection is a replication connection.
absl::StatusOr<NewSlot> CreateSlot(PgConnection& connection, const std::string& name,
                                   const std::function<absl::Status()>& waiting);

}  // namespace waybill::outbox_relay
