#include "order_svc/transport/event_handler.h"

#include <utility>

#include "order_svc/application/apply_events.h"
#include "order_svc/application/transition_log.h"
#include "order_svc/transport/event_codec.h"
#include "platform/events/topics.h"

namespace waybill::order_svc {

std::vector<std::string> EventHandler::topics() const {
  return {events::kPaymentsTopic, events::kInventoryTopic};
}

bool EventHandler::Handles(const std::string& type) const { return IsSagaEvent(type); }

absl::Status EventHandler::Handle(postgres::Transaction& tx,
                                  absl::Span<const events::IncomingEvent> events) {
  std::vector<SagaEvent> decoded;
  decoded.reserve(events.size());
  for (const events::IncomingEvent& event : events) {
    absl::StatusOr<SagaEvent> saga_event = DecodeSagaEvent(event);
    if (!saga_event.ok()) return saga_event.status();
    decoded.push_back(*std::move(saga_event));
  }
  const std::unique_ptr<OrderStore> store = open_store_(tx);
  absl::StatusOr<std::vector<TracedOrder>> changed = ApplyEvents(*store, decoded);
  if (!changed.ok()) return changed.status();
  changed_ = *std::move(changed);
  return absl::OkStatus();
}

void EventHandler::OnCommitted() {
  TellTransitions(changed_, metrics_);
  changed_.clear();
}

}  // namespace waybill::order_svc
