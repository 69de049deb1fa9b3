#include "order_svc/application/cancel_timed_out.h"

#include <vector>

#include "absl/time/clock.h"
#include "order_svc/application/transition_log.h"

namespace waybill::order_svc {

absl::StatusOr<int> CancelTimedOut::Run() {
  std::vector<TracedOrder> overdue;
  const absl::Time now = absl::Now();
  const absl::Status status =
      unit_of_work_.Run("cancel_timed_out", now + absl::Seconds(10), [&](const Stores& stores) {
        overdue = stores.orders.LockOverdue(now, kBatch);
        for (TracedOrder& traced : overdue) {
          traced.trace = traced.trace.Child();
          if (absl::Status cancelled = traced.order.Cancel(CancelReason::kTimedOut, now);
              !cancelled.ok()) {
            return cancelled;
          }
        }
        if (!overdue.empty()) stores.orders.Save(overdue);
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  TellTransitions(overdue, metrics_);
  return static_cast<int>(overdue.size());
}

}  // namespace waybill::order_svc
