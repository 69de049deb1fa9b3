#include "payment_svc/gateway/provider_metrics.h"

#include <vector>

namespace waybill::payment_svc {
namespace {

constexpr char kLookup[] = "lookup";

std::string OperationOf(const Call& call) {
  return call.lookup ? kLookup : std::string(NameOf(call.step));
}

}  // namespace

ProviderMetrics::ProviderMetrics(metrics::Registry& registry)
    : in_flight_(registry.AddGauge("waybill_provider_calls_in_flight",
                                   "Calls of the payment provider that have no answer yet")) {
  std::vector<std::string> operations = {kLookup};
  for (const auto& [step, name] : EnumNames(Step{})) operations.emplace_back(name);
  for (const std::string& operation : operations) {
    seconds_[operation] = registry.AddHistogram(
        "waybill_provider_call_seconds", "How long the payment provider took to answer",
        metrics::SecondsBuckets(), {{"operation", operation}});
    for (const auto& [kind, outcome] : EnumNames(Answer::Kind{})) {
      calls_[{operation, kind}] =
          registry.AddCounter("waybill_provider_calls_total", "Calls of the payment provider",
                              {{"operation", operation}, {"outcome", std::string(outcome)}});
    }
  }
}

void ProviderMetrics::Begun() const { in_flight_.Add(1); }

void ProviderMetrics::Ended(const Call& call, Answer::Kind kind, absl::Duration duration) const {
  in_flight_.Add(-1);
  const std::string operation = OperationOf(call);
  if (const auto found = seconds_.find(operation); found != seconds_.end()) {
    found->second.Observe(duration);
  }
  if (const auto found = calls_.find({operation, kind}); found != calls_.end()) {
    found->second.Add();
  }
}

}  // namespace waybill::payment_svc
