// How many payments came into which state.
#pragma once

#include <map>

#include "payment_svc/domain/payment.h"
#include "platform/metrics/registry.h"

namespace waybill::payment_svc {

// waybill_payment_transitions_total{state}. Without a registry it counts nowhere.
class PaymentMetrics {
 public:
  PaymentMetrics() = default;
  explicit PaymentMetrics(metrics::Registry& registry);

  void Count(State state) const;

 private:
  std::map<State, metrics::Counter> counters_;
};

}  // namespace waybill::payment_svc
