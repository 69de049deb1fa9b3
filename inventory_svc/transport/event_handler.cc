#include "inventory_svc/transport/event_handler.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "inventory_svc/transport/event_mapping.h"
#include "platform/events/topics.h"

namespace waybill::inventory_svc {

std::vector<std::string> EventHandler::topics() const {
  return {events::kOrdersTopic, events::kPaymentsTopic};
}

bool EventHandler::Handles(const std::string& type) const { return IsOrderEvent(type); }

absl::Status EventHandler::Handle(postgres::Transaction& tx,
                                  absl::Span<const events::IncomingEvent> events) {
  outcomes_.clear();
  std::vector<IncomingChange> changes;
  changes.reserve(events.size());
  for (const events::IncomingEvent& event : events) {
    absl::StatusOr<std::optional<OrderEvent>> mapped = ToOrderEvent(event);
    if (!mapped.ok()) {
      return absl::Status(mapped.status().code(), absl::StrCat(event.type, " ", event.id.ToString(),
                                                               ": ", mapped.status().message()));
    }
    if (*mapped) changes.push_back({**std::move(mapped), event.trace});
  }
  outcomes_ = apply_(tx, changes);
  return absl::OkStatus();
}

void EventHandler::OnCommitted() {
  LogOutcomes(outcomes_);
  outcomes_.clear();
}

}  // namespace waybill::inventory_svc
