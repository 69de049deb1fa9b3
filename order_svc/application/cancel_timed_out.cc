#include "order_svc/application/cancel_timed_out.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "platform/types/status_macros.h"

namespace waybill::order_svc {
namespace {

// One transaction's orders.
constexpr int kBatch = 100;

// What isn't an order's id is of no order.
std::vector<OrderId> OrdersOf(const std::vector<std::string>& keys) {
  std::vector<OrderId> ids;
  for (const std::string& key : keys) {
    if (const auto id = OrderId::Parse(key); id.ok()) ids.push_back(*id);
  }
  return ids;
}

}  // namespace

absl::StatusOr<bool> CancelTimedOut::IsAnyOverdue(absl::Time now) {
  bool is_any = false;
  RETURN_IF_ERROR(
      unit_of_work_.RunInBackground("find_overdue", absl::Seconds(10), [&](Stores& stores) {
        is_any = stores.orders.IsAnyOverdue(now);
        return absl::OkStatus();
      }));
  return is_any;
}

absl::StatusOr<RoundResult> CancelTimedOut::Run() {
  const absl::Time now = absl::Now();
  ASSIGN_OR_RETURN(const bool is_any_overdue, IsAnyOverdue(now));
  if (!is_any_overdue) return RoundResult::kIdle;
  const inbox::Reading reading = measure_reading_();
  if (reading.up_to == absl::InfinitePast()) return RoundResult::kIdle;
  const std::vector<OrderId> held = OrdersOf(reading.held_keys);
  const absl::Time overdue_at = std::min(now, reading.up_to);
  std::vector<TracedOrder> overdue;
  RETURN_IF_ERROR(
      unit_of_work_.RunInBackground("cancel_timed_out", absl::Seconds(10), [&](Stores& stores) {
        overdue = stores.orders.LockOverdue(overdue_at, held, kBatch);
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
