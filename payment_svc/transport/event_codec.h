// Events of waybill.events.v1 from and to payments' own values.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "payment_svc/application/ports.h"
#include "payment_svc/application/raise_wanted.h"
#include "platform/events/envelope.h"

namespace waybill::payment_svc {

// Whether payments care about events of this type ("waybill.events.v1.OrderPlaced").
bool IsWantedChange(const std::string& type);

// The change an event of such a type asks for. kInvalidArgument: not JSON, a wrong type, a field
// that is missing or out of range, or an order id that isn't the record's key.
absl::StatusOr<WantedChange> DecodeWantedChange(const events::IncomingEvent& event);

// A record for payments.events.
events::OutgoingEvent EncodeEvent(const EmittedEvent& emitted);

}  // namespace waybill::payment_svc
