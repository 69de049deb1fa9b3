// Use case: cancels the orders that were not confirmed in time.
#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "order_svc/application/transition_report.h"
#include "order_svc/storage/stores.h"
#include "platform/executor/periodic_worker.h"

namespace waybill::order_svc {

// Thread-safe; any number of instances may run it at the same time.
class CancelTimedOut {
 public:
  explicit CancelTimedOut(const UnitOfWork& unit_of_work, TransitionReport report = {})
      : unit_of_work_(unit_of_work), report_(std::move(report)) {}

  // Cancels up to 100 overdue orders in one transaction; kMoreWork when it found that many. Blocks
  // for at most about 10 s. Errors: UnitOfWork's.
  absl::StatusOr<RoundResult> Run();

 private:
  const UnitOfWork& unit_of_work_;
  const TransitionReport report_;
};

}  // namespace waybill::order_svc
