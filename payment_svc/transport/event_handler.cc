#include "payment_svc/transport/event_handler.h"

#include "payment_svc/application/raise_wanted.h"
#include "payment_svc/transport/event_codec.h"
#include "platform/events/topics.h"

namespace waybill::payment_svc {

std::vector<std::string> EventHandler::topics() const {
  return {events::kOrdersTopic, events::kInventoryTopic};
}

bool EventHandler::Handles(const std::string& type) const { return IsWantedChange(type); }

absl::Status EventHandler::Handle(postgres::Transaction& tx,
                                  absl::Span<const events::IncomingEvent> events) {
  std::vector<WantedChange> changes;
  changes.reserve(events.size());
  for (const events::IncomingEvent& event : events) {
    absl::StatusOr<WantedChange> change = DecodeWantedChange(event);
    if (!change.ok()) return change.status();
    changes.push_back(*std::move(change));
  }
  RaiseWanted(*open_store_(tx), changes);
  return absl::OkStatus();
}

}  // namespace waybill::payment_svc
