// Events as they go over the topics (waybill/events/v1), both ways.
#pragma once

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "order_svc/application/apply_events.h"
#include "order_svc/application/ports.h"
#include "platform/events/envelope.h"

namespace waybill::order_svc {

// OrderPlaced, OrderConfirmed and OrderCancelled for orders.events.
class ProtoEventEncoder final : public OrderEventEncoder {
 public:
  events::OutgoingEvent Encode(const OrderData& order, const OrderEvent& event,
                               const TraceContext& trace) const override;
};

// Whether DecodeSagaEvent knows the type ("waybill.events.v1.PaymentProcessed").
bool IsSagaEvent(std::string_view type);

// What an event of payments.events or inventory.events means for its order. kInvalidArgument: the
// body isn't of its type, an id isn't a UUID, a status is none that is known, or the type isn't one
// of IsSagaEvent.
absl::StatusOr<SagaEvent> DecodeSagaEvent(const events::IncomingEvent& event);

}  // namespace waybill::order_svc
