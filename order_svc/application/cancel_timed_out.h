// Use case: orders that were not confirmed in time are cancelled.
#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "order_svc/application/ports.h"
#include "order_svc/application/transition_metrics.h"

namespace waybill::order_svc {

// Thread-safe; any number of instances may run it at the same time.
class CancelTimedOut {
 public:
  // One transaction's orders.
  static constexpr int kBatch = 100;

  explicit CancelTimedOut(UnitOfWork& unit_of_work, TransitionMetrics metrics = {})
      : unit_of_work_(unit_of_work), metrics_(std::move(metrics)) {}

  // Cancels up to kBatch overdue orders in one transaction; returns how many. Blocks for at most
  // about 10 s. Errors: UnitOfWork's.
  absl::StatusOr<int> Run();

 private:
  UnitOfWork& unit_of_work_;
  const TransitionMetrics metrics_;
};

}  // namespace waybill::order_svc
