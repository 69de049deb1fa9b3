// Use case: what payment and inventory did moves orders on.
#pragma once

#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "order_svc/application/ports.h"

namespace waybill::order_svc {

struct PaymentConfirmed {
  PaymentId payment;
};
struct PaymentDeclined {};
struct PaymentCaptured {};
struct PaymentFailed {};
struct ItemsReserved {};
struct ItemsRejected {};

// An event of another service, about one order.
struct SagaEvent {
  OrderId order;
  std::variant<PaymentConfirmed, PaymentDeclined, PaymentCaptured, PaymentFailed, ItemsReserved,
               ItemsRejected>
      what;
  TraceContext trace;
};

// Applies the events, in order, within the transaction behind `orders`: locks the orders, lets each
// decide, writes back what changed. Returns those that changed, for the log after the commit.
//
// kNotFound: an order isn't there, or not visible yet. Nothing was written then.
absl::StatusOr<std::vector<TracedOrder>> ApplyEvents(OrderStore& orders,
                                                     absl::Span<const SagaEvent> events);

}  // namespace waybill::order_svc
