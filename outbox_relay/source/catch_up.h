// Works off a long backlog by reading the table instead of decoding the log
// (docs/decisions/0025-catch-up-by-copy.md has the argument for no gap).
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "outbox_relay/base/lsn.h"
#include "outbox_relay/base/snapshot.h"
#include "outbox_relay/checkpoint/checkpoint.h"
#include "outbox_relay/source/outbox_table.h"
#include "outbox_relay/source/session.h"

namespace waybill::outbox_relay {

// The transactions that the stream need not publish again.
struct AlreadyPublished {
  Snapshot snapshot;
  // Behind the commit of everything that the snapshot sees.
  Lsn until = 0;
};

struct CaughtUp {
  Checkpoint checkpoint;
  AlreadyPublished published;
};

// Whether a slot that is so far behind is to be caught up with: that is limits.catch_up_bytes or
// more, the table has the columns for it and keeps its rows, and this attempt hasn't abandoned it.
bool WantsCatchUp(const Session& session, std::int64_t bytes_behind);

// When the checkpoint's slot is far enough behind, publishes the table's rows from the checkpoint's
// horizon on, stores the checkpoint anew and moves the slot. Returns nothing when it isn't, or when
// a partition with unpublished rows is gone or a transaction stays open for 30 s, which ends this
// attempt's catch-up: then stream. The slot must
// be free. Cancelled when the process is to end.
absl::StatusOr<std::optional<CaughtUp>> CatchUp(Session& session, const Outbox& outbox,
                                                const Checkpoint& from);

// Publishes the table's rows from the checkpoint's horizon on, because the log lacks some, and
// stores and returns the checkpoint of the same slot: the log may have rows that the table no
// longer has. Aborted when a transaction stays open for 30 s, Cancelled when the process is to end.
absl::StatusOr<Checkpoint> CopyMissedRows(Session& session, const Outbox& outbox,
                                          const Checkpoint& from);

}  // namespace waybill::outbox_relay
