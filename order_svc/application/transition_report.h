// Logs and counts orders' transitions and refunds.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "absl/types/span.h"
#include "order_svc/domain/order_state.h"
#include "order_svc/storage/order_store.h"
#include "platform/metrics/registry.h"

namespace waybill::order_svc {

// waybill_order_transitions_total{state,reason}; `reason` is "" for all but CANCELLED.
// waybill_order_refunds_total{state} counts refunds that entered a state.
// Thread-safe.
class TransitionReport {
 public:
  // Counts nowhere.
  TransitionReport() = default;
  explicit TransitionReport(metrics::Registry& registry);

  // Counts and logs each transition and each refund of the orders; every line has order_id and
  // trace_id. Call it after the commit, so that nothing is reported that didn't happen.
  void Report(absl::Span<const TracedOrder> orders) const;

 private:
  void Report(const TracedOrder& traced, const Refund& refund) const;
  static void ReportShipped(const TracedOrder& traced);

  std::map<RefundState, metrics::Counter> refunds_;
  std::map<std::pair<OrderState, std::optional<CancelReason>>, metrics::Counter> counters_;
};

}  // namespace waybill::order_svc
