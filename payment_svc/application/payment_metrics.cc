#include "payment_svc/application/payment_metrics.h"

#include <string>

namespace waybill::payment_svc {

PaymentMetrics::PaymentMetrics(metrics::Registry& registry) {
  for (const State state :
       {State::kAuthorized, State::kDeclined, State::kCaptured, State::kVoided, State::kRefunded}) {
    counters_[state] =
        registry.AddCounter("waybill_payment_transitions_total", "Payments that came into a state",
                            {{"state", std::string(NameOf(state))}});
  }
}

void PaymentMetrics::Count(State state) const {
  const auto found = counters_.find(state);
  if (found != counters_.end()) found->second.Add();
}

}  // namespace waybill::payment_svc
