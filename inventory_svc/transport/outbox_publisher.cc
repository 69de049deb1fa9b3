#include "inventory_svc/transport/outbox_publisher.h"

#include <vector>

#include "inventory_svc/transport/event_mapping.h"
#include "platform/outbox/outbox.h"

namespace waybill::inventory_svc {

void OutboxPublisher::Publish(absl::Span<const OutgoingChange> changes) {
  std::vector<events::OutgoingEvent> outgoing;
  outgoing.reserve(changes.size());
  for (const OutgoingChange& change : changes) outgoing.push_back(ToOutgoing(change));
  outbox::Append(tx_, outgoing);
}

}  // namespace waybill::inventory_svc
