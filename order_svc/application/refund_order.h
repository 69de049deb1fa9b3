// Use case: requests the refund of a part of a confirmed order, for an operator.
#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "order_svc/application/transition_report.h"
#include "order_svc/storage/stores.h"

namespace waybill::order_svc {

struct RefundOrderCommand {
  // Of the operator.
  request_keys::RequestKey key;
  OrderId order;
  NewRefund refund;
  TraceContext trace;
  absl::Time deadline;
};

// Thread-safe.
class RefundOrder {
 public:
  explicit RefundOrder(const UnitOfWork& unit_of_work, TransitionReport report = {})
      : unit_of_work_(unit_of_work), report_(std::move(report)) {}

  // Returns the refund as it was requested, the same for the same request_id; its event
  // OrderRefundRequested makes payment_svc refund the money. The order may be any user's.
  //
  // Blocks until the deadline at most. Errors: ORDER_NOT_FOUND, those of Order::RequestRefund,
  // REQUEST_ID_REUSED, UnitOfWork's.
  absl::StatusOr<Refund> Run(const RefundOrderCommand& command);

 private:
  const UnitOfWork& unit_of_work_;
  const TransitionReport report_;
};

}  // namespace waybill::order_svc
