// Between the events on the topics and the domain's values.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "inventory_svc/application/ports.h"
#include "inventory_svc/domain/batch.h"
#include "platform/events/envelope.h"

namespace waybill::inventory_svc {

// Whether ToOrderEvent knows the type (a message's full name).
bool IsOrderEvent(const std::string& type);

// What an event of a known type tells; nullopt when that doesn't concern the stock (a declined
// payment). kInvalidArgument: not readable, for another order than its key says, or with values
// that can't be.
absl::StatusOr<std::optional<OrderEvent>> ToOrderEvent(const events::IncomingEvent& event);

// The event to be published on inventory.events, with a new id.
events::OutgoingEvent ToOutgoing(const OutgoingChange& change);

}  // namespace waybill::inventory_svc
