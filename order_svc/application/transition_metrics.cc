#include "order_svc/application/transition_metrics.h"

#include <string>

namespace waybill::order_svc {

TransitionMetrics::TransitionMetrics(metrics::Registry& registry) {
  const auto add = [&](OrderState state, std::optional<CancelReason> reason) {
    counters_[{state, reason}] =
        registry.AddCounter("waybill_order_transitions_total", "Orders that came into a state",
                            {{"state", std::string(NameOf(state))},
                             {"reason", reason ? std::string(NameOf(*reason)) : ""}});
  };
  for (const OrderState state : {OrderState::kPlaced, OrderState::kPaymentConfirmed,
                                 OrderState::kReserved, OrderState::kConfirmed}) {
    add(state, std::nullopt);
  }
  for (const CancelReason reason :
       {CancelReason::kPaymentDeclined, CancelReason::kOutOfStock, CancelReason::kCustomer,
        CancelReason::kTimedOut, CancelReason::kPaymentFailed}) {
    add(OrderState::kCancelled, reason);
  }
}

void TransitionMetrics::Count(OrderState state, std::optional<CancelReason> reason) const {
  const auto found = counters_.find({state, reason});
  if (found != counters_.end()) found->second.Add();
}

}  // namespace waybill::order_svc
