#include "order_svc/application/transition_report.h"

#include <string>

#include "platform/log/log.h"

namespace waybill::order_svc {

TransitionReport::TransitionReport(metrics::Registry& registry) {
  const auto add = [&](OrderState state, std::optional<CancelReason> reason) {
    counters_[{state, reason}] =
        registry.AddCounter("waybill_order_transitions_total", "Orders that entered a state",
                            {{"state", std::string(NameOf(state))},
                             {"reason", reason ? std::string(NameOf(*reason)) : ""}});
  };
  for (const auto& [state, name] : EnumNames(OrderState{})) {
    if (state != OrderState::kCancelled) add(state, std::nullopt);
  }
  for (const auto& [reason, name] : EnumNames(CancelReason{})) add(OrderState::kCancelled, reason);
  for (const auto& [state, name] : EnumNames(RefundState{})) {
    refunds_[state] =
        registry.AddCounter("waybill_order_refunds_total", "Refunds that entered a state",
                            {{"state", std::string(name)}});
  }
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
                                                         : "the order entered a new state",
                 {{"order_id", id},
                  {"trace_id", traced.trace.trace_id()},
                  {"state", NameOf(transition.state)},
                  {"transition", transition.number},
                  {"reason", transition.reason ? NameOf(*transition.reason) : ""}});
    }
    if (traced.order.shipped_now()) ReportShipped(traced);
    for (const Refund& refund : traced.order.new_refunds()) Report(traced, refund);
    for (const Refund& refund : traced.order.ended_refunds()) Report(traced, refund);
  }
}

void TransitionReport::ReportShipped(const TracedOrder& traced) {
  const bool cancelled = traced.order.data().state == OrderState::kCancelled;
  log::Write(
      cancelled ? log::Level::kWarn : log::Level::kInfo,
      cancelled ? "the order was cancelled while it was being shipped; its money is refunded"
                : "the order was shipped",
      {{"order_id", traced.order.data().id.ToString()}, {"trace_id", traced.trace.trace_id()}});
}

void TransitionReport::Report(const TracedOrder& traced, const Refund& refund) const {
  const auto counter = refunds_.find(refund.state);
  if (counter != refunds_.end()) counter->second.Add();
  const bool failed = refund.state == RefundState::kFailed;
  log::Write(failed ? log::Level::kWarn : log::Level::kInfo, "the refund entered a new state",
             {{"order_id", traced.order.data().id.ToString()},
              {"trace_id", traced.trace.trace_id()},
              {"refund_id", refund.id.ToString()},
              {"state", NameOf(refund.state)},
              {"amount_minor", refund.amount.minor_units},
              {"currency", refund.amount.currency.value()},
              {"reason", refund.failure_reason}});
}

}  // namespace waybill::order_svc
