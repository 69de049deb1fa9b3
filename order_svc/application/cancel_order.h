// Use case: a customer cancels an order.
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "order_svc/application/ports.h"
#include "order_svc/application/transition_metrics.h"

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
  CancelOrder(UnitOfWork& unit_of_work, const AnswerEncoder& encoder,
              TransitionMetrics metrics = {})
      : unit_of_work_(unit_of_work), encoder_(encoder), metrics_(std::move(metrics)) {}

  // The encoded cancelled order, the same for the same request_id. A confirmed order is cancelled
  // too: its OrderCancelled has the money refunded and the stock released.
  //
  // Blocks until the deadline at most. Errors: ORDER_NOT_FOUND, ALREADY_CANCELLED for another
  // reason, REQUEST_ID_REUSED, UnitOfWork's.
  absl::StatusOr<std::string> Run(const CancelOrderCommand& command);

 private:
  UnitOfWork& unit_of_work_;
  const AnswerEncoder& encoder_;
  const TransitionMetrics metrics_;
};

}  // namespace waybill::order_svc
