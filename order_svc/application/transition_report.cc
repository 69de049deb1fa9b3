#include "order_svc/application/transition_report.h"

#include <string>

#include "platform/log/log.h"

namespace waybill::order_svc {

TransitionReport::TransitionReport(metrics::Registry& registry) {
  const auto add = [&](OrderState state, std::optional<CancelReason> reason) {
    counters_[{state, reason}] =
        registry.AddCounter("waybill_order_transitions_total", "Orders that came into a state",
                            {{"state", std::string(NameOf(state))},
                             {"reason", reason ? std::string(NameOf(*reason)) : ""}});
  };
  for (const auto& [state, name] : EnumNames(OrderState{})) {
    if (state != OrderState::kCancelled) add(state, std::nullopt);
  }
  for (const auto& [reason, name] : EnumNames(CancelReason{})) add(OrderState::kCancelled, reason);
}

void TransitionReport::Report(absl::Span<const TracedOrder> orders) const {
  for (const TracedOrder& traced : orders) {
    const std::string id = traced.order.data().id.ToString();
    for (const Transition& transition : traced.order.transitions()) {
      const auto counter = counters_.find({transition.state, transition.reason});
      if (counter != counters_.end()) counter->second.Add();
      const bool ends =
          transition.state == OrderState::kConfirmed || transition.state == OrderState::kCancelled;
      log::Write(ends ? log::Level::kInfo : log::Level::kDebug,
                 transition.state == OrderState::kPlaced ? "the order was placed"
                                                         : "the order has moved on",
                 {{"order_id", id},
                  {"trace_id", traced.trace.trace_id()},
                  {"state", NameOf(transition.state)},
                  {"transition", transition.number},
                  {"reason", transition.reason ? NameOf(*transition.reason) : ""}});
    }
  }
}

}  // namespace waybill::order_svc
