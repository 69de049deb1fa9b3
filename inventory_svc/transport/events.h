// Decodes the events that inventory_svc consumes and encodes those that it emits
// (waybill/events/v1).
#pragma once

#include <string>
#include <vector>

#include "inventory_svc/application/apply_events.h"
#include "platform/events/decoder.h"
#include "platform/events/envelope.h"

namespace waybill::inventory_svc {

// orders.events and payments.events.
std::vector<std::string> Topics();

// One decoder per consumed event, which says what the event means for its order's reservation.
const events::Decoders<TracedOrderNews>& EventDecoders();

// InventoryUpdated, InventoryRejected, StockReleased or OrderShipped, for inventory.events.
events::OutgoingEvent Encode(const StockEvent& event, const TraceContext& trace);

}  // namespace waybill::inventory_svc
