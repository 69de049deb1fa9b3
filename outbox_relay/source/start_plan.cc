#include "outbox_relay/source/start_plan.h"

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
std::string WhyNot(const Checkpoint& checkpoint, const SlotState* slot,
                   std::uint32_t publication_oid) {
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
  if (publication_oid != checkpoint.publication_oid) {
    return "the table was taken out of the publication and added again, or the publication altered";
  }
  return "";
}

}  // namespace

StartPlan PlanStart(const std::optional<Checkpoint>& checkpoint,
                    const std::vector<SlotState>& slots, const std::string& system_identifier,
                    std::uint32_t publication_oid) {
  StartPlan plan;
  if (!checkpoint) {
    plan.backfill = true;
    plan.reason = "the source has no checkpoint: this is its first start";
  } else if (checkpoint->system_identifier != system_identifier) {
    plan.backfill = true;
    plan.reason = "the database was restored into another cluster";
  } else {
    plan.reason = WhyNot(*checkpoint, FindSlot(slots, checkpoint->slot), publication_oid);
    plan.backfill = !plan.reason.empty();
    plan.horizon = checkpoint->horizon;
  }
  for (const SlotState& slot : slots) {
    if (plan.backfill || slot.name != checkpoint->slot) plan.drop.push_back(slot.name);
  }
  return plan;
}

}  // namespace waybill::outbox_relay
