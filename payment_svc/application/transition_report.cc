#include "payment_svc/application/transition_report.h"

#include <string>

#include "platform/log/log.h"

namespace waybill::payment_svc {
namespace {

// A payment whose steps all succeed at once has one line at info level, for its last step; anything
// unusual is logged at info level or above.
log::Level LevelOf(const AppliedAnswer& applied) {
  if (applied.answer.answer.kind != Answer::Kind::kStands) return log::Level::kWarn;
  const bool straight = applied.after == State::kAuthorized && applied.answer.call.tries <= 1;
  return straight ? log::Level::kDebug : log::Level::kInfo;
}

}  // namespace

TransitionReport::TransitionReport(metrics::Registry& registry) {
  for (const auto& [state, name] : EnumNames(State{})) {
    // Every payment begins in kNone, so none enters it.
    if (state == State::kNone) continue;
    counters_[state] =
        registry.AddCounter("waybill_payment_transitions_total", "Payments that entered a state",
                            {{"state", std::string(name)}});
  }
  for (const RefundState outcome : {RefundState::kRefunded, RefundState::kFailed}) {
    refunds_[outcome] =
        registry.AddCounter("waybill_payment_refunds_total", "Partial refunds that have ended",
                            {{"outcome", std::string(NameOf(outcome))}});
  }
}

void TransitionReport::Started(const StartedCall& started) const {
  const Call& call = started.call.call;
  log::Debug("the payment step has started", {{"order_id", started.call.order.ToString()},
                                              {"trace_id", started.trace.trace_id()},
                                              {"step", NameOf(call.step)},
                                              {"attempt", call.attempt},
                                              {"tries", call.tries},
                                              {"call", call.lookup ? "look-up" : "step"}});
}

void TransitionReport::Answered(const AppliedAnswer& applied) const {
  const ProviderAnswer& answer = applied.answer;
  log::Write(LevelOf(applied), "the payment step was answered",
             {{"order_id", answer.order.ToString()},
              {"trace_id", applied.trace.trace_id()},
              {"step", NameOf(answer.call.step)},
              {"attempt", answer.call.attempt},
              {"answer", NameOf(answer.answer.kind)},
              {"reason", answer.answer.reason},
              {"state", NameOf(applied.after)},
              {"refund", applied.refund ? NameOf(*applied.refund) : ""},
              {"next_in_ms", applied.due_in ? absl::ToInt64Milliseconds(*applied.due_in) : -1}});
  if (applied.refund) {
    const auto refund = refunds_.find(*applied.refund);
    if (refund != refunds_.end()) refund->second.Add();
  }
  if (applied.after == applied.before) return;
  const auto counter = counters_.find(applied.after);
  if (counter != counters_.end()) counter->second.Add();
}

}  // namespace waybill::payment_svc
