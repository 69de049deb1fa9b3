// Use case: applies the events of payment_svc and inventory_svc to orders.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "order_svc/application/transition_report.h"
#include "order_svc/storage/stores.h"

namespace waybill::order_svc {

struct PaymentConfirmed {
  PaymentId payment;
};
struct PaymentDeclined {};
struct PaymentCaptured {};
struct PaymentFailed {};
struct PaymentRefunded {
  RefundId refund;
};
struct PaymentRefundFailed {
  RefundId refund;
  std::string reason;
};
struct ItemsReserved {};
struct ItemsRejected {};
struct Shipped {
  absl::Time at;
};

// An event of another service, about one order.
struct SagaEvent {
  OrderId order;
  std::variant<PaymentConfirmed, PaymentDeclined, PaymentCaptured, PaymentFailed, PaymentRefunded,
               PaymentRefundFailed, ItemsReserved, ItemsRejected, Shipped>
      what;
  TraceContext trace;
};

// Thread-safe.
class ApplyEvents {
 public:
  using Change = SagaEvent;
  // The orders that changed.
  using Outcome = std::vector<TracedOrder>;

  explicit ApplyEvents(TransitionReport report = {}) : report_(std::move(report)) {}

  // Locks the orders, applies the events to them in order, and writes back what changed. kNotFound:
  // an order doesn't exist, or isn't visible yet; kInvalidArgument: an order has no such refund. On
  // an error nothing is written. Blocks for its statements; throws what libpqxx throws.
  absl::StatusOr<Outcome> Run(Stores& stores, absl::Span<const SagaEvent> events);
  void OnCommitted(const Outcome& changed) { report_.Report(changed); }

 private:
  const TransitionReport report_;
};

}  // namespace waybill::order_svc
