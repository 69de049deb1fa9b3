// PlanStart decides whether the stream continues where it ended, or a backfill is due.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outbox_relay/checkpoint/checkpoint.h"
#include "outbox_relay/source/outbox_table.h"
#include "outbox_relay/source/slots.h"

namespace waybill::outbox_relay {

struct StartPlan {
  // The slot is to be streamed to its end first: nothing else has its rows.
  bool drain = false;
  // The table is to be published before the same slot is streamed on.
  bool copy = false;
  // The table is to be published, and a new slot streamed from there on.
  bool backfill = false;
  // Why nothing can be done without loss, and what to run; "" otherwise.
  std::string refusal;
  // Why, for the log.
  std::string reason;
  // Backfill every visible row of a transaction that isn't below this.
  std::uint64_t horizon = 0;
  // Slots of ours that must not be streamed from.
  std::vector<std::string> drop;
};

// Whether the table still has every partition that may have unpublished rows.
bool HasItsPartitions(const Checkpoint& checkpoint, const Outbox& outbox);

// Whether a partition that was there before may have been unlogged for a while.
bool WasRewritten(const OidMap& before, const OidMap& now);

// Pure. `slots` are all slots of this source's own that exist; the other arguments are as they
// are now.
// With `rows_are_kept` the table has every row that isn't published yet, unless a partition is
// missing; otherwise the log may have rows that the table no longer has.
StartPlan PlanStart(const std::optional<Checkpoint>& checkpoint,
                    const std::vector<SlotState>& slots, const std::string& system_identifier,
                    const Outbox& outbox, bool rows_are_kept);

}  // namespace waybill::outbox_relay
