// Use case: cancels the orders that were not confirmed in time.
#pragma once

#include <functional>
#include <utility>

#include "absl/status/statusor.h"
#include "order_svc/application/transition_report.h"
#include "order_svc/storage/stores.h"
#include "platform/executor/periodic_worker.h"
#include "platform/inbox/reading.h"

namespace waybill::order_svc {

// An order isn't timed out while what would confirm it may be here already: events of its deadline's
// time that this process hasn't read yet, that it holds for a retry, or that are parked.
//
// Thread-safe; any number of instances may run it at the same time.
class CancelTimedOut {
 public:
  // How far this process has read; may block for some seconds.
  using MeasureReading = std::function<inbox::Reading()>;

  CancelTimedOut(const UnitOfWork& unit_of_work, MeasureReading measure_reading,
                 TransitionReport report = {})
      : unit_of_work_(unit_of_work),
        measure_reading_(std::move(measure_reading)),
        report_(std::move(report)) {}

  // Cancels up to 100 overdue orders in one transaction; kMoreWork when it found that many. Blocks
  // for at most about 20 s, and what measuring takes. Errors: UnitOfWork's.
  absl::StatusOr<RoundResult> Run();

 private:
  absl::StatusOr<bool> IsAnyOverdue(absl::Time now);

  const UnitOfWork& unit_of_work_;
  const MeasureReading measure_reading_;
  const TransitionReport report_;
};

}  // namespace waybill::order_svc
