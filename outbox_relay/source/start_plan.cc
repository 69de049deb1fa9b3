#include "outbox_relay/source/start_plan.h"

#include <algorithm>

#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

const SlotState* FindSlot(const std::vector<SlotState>& slots, const std::string& name) {
  for (const SlotState& slot : slots) {
    if (slot.name == name) return &slot;
  }
  return nullptr;
}

// Why the checkpoint's slot can't be streamed from; "" if it can.
std::string WhyNot(const Checkpoint& checkpoint, const SlotState* slot) {
  if (slot == nullptr) {
    return StrCat("slot \"", checkpoint.slot, "\" is gone (dropped, failover or restore)");
  }
  if (slot->lost) {
    return StrCat("slot \"", checkpoint.slot, "\" is lost (max_slot_wal_keep_size?)");
  }
  if (slot->confirmed > checkpoint.confirmed) {
    return StrCat("slot \"", checkpoint.slot, "\" was moved to ", FormatLsn(slot->confirmed),
                  ", beyond the checkpoint ", FormatLsn(checkpoint.confirmed));
  }
  return "";
}

// Another table has the name. The rows of the bound one come first, and of the new one none is
// published, whatever transaction inserted it.
void FollowTheName(const Checkpoint& checkpoint, const Outbox& outbox, StartPlan* plan) {
  plan->drain = plan->reason.empty();
  plan->backfill = true;
  plan->horizon = 0;
  if (plan->drain) {
    plan->reason = "another table has the outbox's name";
  } else if (!outbox.bound_name.empty() && !outbox.partitions.contains(checkpoint.table_oid)) {
    plan->refusal = StrCat(
        plan->reason, ", and the table that it was read for has another name by now, ",
        outbox.bound_name,
        ": rows of it may be unpublished. Rename it back until the relay streams,"
        " or, if it has no such rows, run: UPDATE outbox_relay.checkpoints SET table_oid = 0,"
        " publication_oid = 0, horizon = '0', partitions = '' WHERE slot = '",
        checkpoint.slot, "'");
  }
}

bool MayLackRows(const Checkpoint& checkpoint, const Outbox& outbox) {
  return checkpoint.publication_oid != outbox.publication_oid ||
         WasRewritten(checkpoint.partitions, outbox.partitions);
}

}  // namespace

bool HasItsPartitions(const Checkpoint& checkpoint, const Outbox& outbox) {
  return std::all_of(
      checkpoint.partitions.begin(), checkpoint.partitions.end(),
      [&outbox](const auto& partition) { return outbox.partitions.contains(partition.first); });
}

bool WasRewritten(const OidMap& before, const OidMap& now) {
  return std::any_of(before.begin(), before.end(), [&now](const auto& partition) {
    const auto found = now.find(partition.first);
    return found != now.end() && found->second != partition.second;
  });
}

StartPlan PlanStart(const std::optional<Checkpoint>& checkpoint,
                    const std::vector<SlotState>& slots, const std::string& system_identifier,
                    const Outbox& outbox, bool rows_are_kept) {
  StartPlan plan;
  if (!checkpoint) {
    plan.backfill = true;
    plan.reason = "the source has no checkpoint: this is its first start";
  } else if (checkpoint->system_identifier != system_identifier) {
    plan.backfill = true;
    plan.reason = "the database was restored into another cluster";
  } else {
    plan.reason = WhyNot(*checkpoint, FindSlot(slots, checkpoint->slot));
    plan.backfill = !plan.reason.empty();
    plan.horizon = checkpoint->horizon;
    if (checkpoint->table_oid != 0 && checkpoint->table_oid != outbox.table_oid) {
      FollowTheName(*checkpoint, outbox, &plan);
    } else if (!plan.backfill && MayLackRows(*checkpoint, outbox)) {
      plan.reason =
          "the log may lack rows: the publication was altered, or the table left it,"
          " or was unlogged";
      (rows_are_kept && HasItsPartitions(*checkpoint, outbox) ? plan.backfill : plan.copy) = true;
    }
  }
  for (const SlotState& slot : slots) {
    if (plan.backfill || slot.name != checkpoint->slot) plan.drop.push_back(slot.name);
  }
  return plan;
}

}  // namespace waybill::outbox_relay
