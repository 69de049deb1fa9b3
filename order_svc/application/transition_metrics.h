// How many orders came into which state.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "order_svc/domain/order_state.h"
#include "platform/metrics/registry.h"

namespace waybill::order_svc {

// waybill_order_transitions_total{state,reason}; `reason` is "" for all but CANCELLED. Without a
// registry it counts nowhere.
class TransitionMetrics {
 public:
  TransitionMetrics() = default;
  explicit TransitionMetrics(metrics::Registry& registry);

  void Count(OrderState state, std::optional<CancelReason> reason) const;

 private:
  std::map<std::pair<OrderState, std::optional<CancelReason>>, metrics::Counter> counters_;
};

}  // namespace waybill::order_svc
