// Logs and counts payments' steps and transitions.
#pragma once

#include <map>
#include <optional>

#include "absl/time/time.h"
#include "payment_svc/application/payment_provider.h"
#include "platform/metrics/registry.h"
#include "platform/trace/trace_context.h"

namespace waybill::payment_svc {

// A step that was begun, and the call to be made for it.
struct StartedCall {
  ProviderCall call;
  TraceContext trace;
  absl::Time begun_at;
};

// The effect of an answer on its payment.
struct AppliedAnswer {
  ProviderAnswer answer;
  TraceContext trace;
  State before = State::kNone;
  State after = State::kNone;
  // The outcome of a partial refund, if the answer has ended one.
  std::optional<RefundState> refund;
  // In how long the payment is due next; nullopt: not before an event requires something.
  std::optional<absl::Duration> due_in;
};

// Counts in waybill_payment_transitions_total{state} and, for partial refunds,
// waybill_payment_refunds_total{outcome}, which is "refunded" or "failed". Every log line has
// order_id and trace_id. Thread-safe. Call its methods after the commit, so that nothing is
// reported that didn't happen.
class TransitionReport {
 public:
  // Counts nowhere.
  TransitionReport() = default;
  explicit TransitionReport(metrics::Registry& registry);

  void Started(const StartedCall& started) const;
  void Answered(const AppliedAnswer& applied) const;

 private:
  std::map<State, metrics::Counter> counters_;
  std::map<RefundState, metrics::Counter> refunds_;
};

}  // namespace waybill::payment_svc
