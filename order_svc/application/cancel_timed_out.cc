#include "order_svc/application/cancel_timed_out.h"

#include <vector>

#include "absl/time/clock.h"
#include "platform/types/status_macros.h"

namespace waybill::order_svc {
namespace {

// One transaction's orders.
constexpr int kBatch = 100;

}  // namespace

absl::StatusOr<RoundResult> CancelTimedOut::Run() {
  std::vector<TracedOrder> overdue;
  const absl::Time now = absl::Now();
  RETURN_IF_ERROR(
      unit_of_work_.RunInBackground("cancel_timed_out", absl::Seconds(10), [&](Stores& stores) {
        overdue = stores.orders.LockOverdue(now, kBatch);
        for (TracedOrder& traced : overdue) {
          traced.trace = traced.trace.Child();
          RETURN_IF_ERROR(traced.order.Cancel(CancelReason::kTimedOut, now));
        }
        if (!overdue.empty()) stores.orders.Save(overdue);
        return absl::OkStatus();
      }));
  report_.Report(overdue);
  return overdue.size() == kBatch ? RoundResult::kMoreWork : RoundResult::kIdle;
}

}  // namespace waybill::order_svc
