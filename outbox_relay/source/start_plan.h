// PlanStart decides whether the stream continues where it ended, or a backfill is due.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outbox_relay/checkpoint/checkpoint.h"
#include "outbox_relay/source/slots.h"

namespace waybill::outbox_relay {

struct StartPlan {
  bool backfill = false;
  // Why, for the log.
  std::string reason;
  // Backfill every visible row of a transaction that isn't below this.
  std::uint64_t horizon = 0;
  // Slots of ours that must not be streamed from.
  std::vector<std::string> drop;
};

// Pure. `slots` are all slots of this source's own that exist; the other
// arguments are as they are now.
StartPlan PlanStart(const std::optional<Checkpoint>& checkpoint,
                    const std::vector<SlotState>& slots, const std::string& system_identifier,
                    std::uint32_t publication_oid);

}  // namespace waybill::outbox_relay
