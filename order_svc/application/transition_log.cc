#include "order_svc/application/transition_log.h"

#include "platform/log/log.h"

namespace waybill::order_svc {

void TellTransitions(absl::Span<const TracedOrder> orders, const TransitionMetrics& metrics) {
  for (const TracedOrder& traced : orders) {
    const std::string id = traced.order.data().id.ToString();
    for (const Transition& transition : traced.order.transitions()) {
      metrics.Count(transition.state, transition.reason);
      const std::string_view message =
          transition.state == OrderState::kPlaced ? "order placed" : "order moved on";
      log::Info(message, {{"order_id", id},
                          {"trace_id", traced.trace.trace_id()},
                          {"state", NameOf(transition.state)},
                          {"transition", transition.number},
                          {"reason", transition.reason ? NameOf(*transition.reason) : ""}});
    }
  }
}

}  // namespace waybill::order_svc
