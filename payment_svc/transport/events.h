// Decodes the events that payment_svc consumes and encodes those that it emits (waybill/events/v1).
#pragma once

#include <string>
#include <vector>

#include "payment_svc/application/apply_events.h"
#include "platform/events/decoder.h"
#include "platform/events/envelope.h"

namespace waybill::payment_svc {

// orders.events and inventory.events.
std::vector<std::string> Topics();

// One decoder per consumed event, which says what the event requires of its order's payment.
const events::Decoders<WantedChange>& EventDecoders();

// PaymentProcessed, PaymentCaptured, PaymentFailed, PaymentReleased, PaymentRefunded or
// PaymentRefundFailed, for payments.events.
events::OutgoingEvent Encode(const Payment& payment, const PaymentEvent& event,
                             const TraceContext& trace);

}  // namespace waybill::payment_svc
