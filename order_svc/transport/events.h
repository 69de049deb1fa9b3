// Decodes the events that order_svc consumes and encodes those that it emits (waybill/events/v1).
#pragma once

#include <string>
#include <vector>

#include "order_svc/application/apply_events.h"
#include "platform/events/decoder.h"
#include "platform/events/envelope.h"

namespace waybill::order_svc {

// payments.events and inventory.events.
std::vector<std::string> Topics();

// One decoder per consumed event, which says what the event means for its order.
const events::Decoders<SagaEvent>& EventDecoders();

// OrderPlaced, OrderConfirmed or OrderCancelled, for orders.events.
events::OutgoingEvent Encode(const OrderData& order, const OrderEvent& event,
                             const TraceContext& trace);

}  // namespace waybill::order_svc
