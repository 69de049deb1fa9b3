// Counts and times the payment provider's answers.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "payment_svc/domain/payment.h"
#include "platform/metrics/registry.h"

namespace waybill::payment_svc {

// waybill_provider_calls_total{operation,outcome}, waybill_provider_call_seconds{operation} and
// waybill_provider_calls_in_flight. `operation` is the step, or "lookup"; `outcome` is a name of
// Answer::Kind. Thread-safe.
class ProviderMetrics {
 public:
  // Counts nowhere.
  ProviderMetrics() = default;
  explicit ProviderMetrics(metrics::Registry& registry);

  void Begun() const;
  void Ended(const Call& call, Answer::Kind kind, absl::Duration duration) const;

 private:
  metrics::Gauge in_flight_;
  std::map<std::string, metrics::Histogram, std::less<>> seconds_;
  std::map<std::pair<std::string, Answer::Kind>, metrics::Counter> calls_;
};

}  // namespace waybill::payment_svc
