// Finds, creates and drops the replication slots of a source. A slot is a source's own when
// outbox_relay.slots or the source's checkpoint says so; the relay touches no other.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outbox_relay/base/lsn.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/config.h"

namespace waybill::outbox_relay {

struct SlotState {
  std::string name;
  // The log that the slot needs has been removed: it can't be streamed from any more.
  bool lost = false;
  Lsn confirmed = 0;
  // The server process that streams from it, 0 for none.
  int active_pid = 0;
};

// A slot that keeps the source from creating one, as a sentence, and what to do about it.
struct SlotConflict {
  std::string text;
  std::string fix;
};

struct SourceSlots {
  // The source's own, in no order.
  std::vector<SlotState> own;
  // Somebody else's that have a name of this source's (slot names are unique in a server), and those
  // that another configuration has created for a source of this name.
  std::vector<SlotConflict> conflicts;
};

// One query. Before the relay's own tables exist, every slot is somebody else's.
absl::StatusOr<SourceSlots> FindSlots(PgConnection& connection, const SourceConfig& source);
// OK, or FailedPrecondition with every conflict.
absl::Status RefuseConflicts(const std::vector<SlotConflict>& conflicts);
// Records that the slot, which doesn't exist yet, is the source's own.
absl::Status RecordSlot(PgConnection& connection, const std::string& name,
                        const std::string& source);
// Drops one of the source's own, and its record.
absl::Status DropSlot(PgConnection& connection, const std::string& name);
// Whether the server process that streams from it does something just now, instead of waiting for
// the log or for its client: skipping many changes in the log, it sends nothing for a while.
absl::StatusOr<bool> IsStreamerBusy(PgConnection& connection, const std::string& slot);
// Ends the server process that a dead relay left streaming from one of the source's own. Only for
// the holder of the leader lock.
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
