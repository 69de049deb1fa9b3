// Use case: cancels an order for its customer.
#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "order_svc/application/transition_report.h"
#include "order_svc/storage/stores.h"

namespace waybill::order_svc {

struct CancelOrderCommand {
  request_keys::RequestKey key;
  OrderId order;
  TraceContext trace;
  absl::Time deadline;
};

// Thread-safe.
class CancelOrder {
 public:
  explicit CancelOrder(const UnitOfWork& unit_of_work, TransitionReport report = {})
      : unit_of_work_(unit_of_work), report_(std::move(report)) {}

  // Returns the order as it was when it was cancelled; so does a repeated request_id. A confirmed
  // order is cancelled too: on its event OrderCancelled, payment_svc refunds the money and
  // inventory_svc releases the stock.
  //
  // Blocks until the deadline at most. Errors: ORDER_NOT_FOUND, ALREADY_CANCELLED for another
  // reason, ALREADY_SHIPPED, REQUEST_ID_REUSED, UnitOfWork's.
  absl::StatusOr<OrderData> Run(const CancelOrderCommand& command);

 private:
  const UnitOfWork& unit_of_work_;
  const TransitionReport report_;
};

}  // namespace waybill::order_svc
