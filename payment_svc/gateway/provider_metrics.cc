#include "payment_svc/gateway/provider_metrics.h"

namespace waybill::payment_svc {
namespace {

constexpr std::pair<Answer::Kind, const char*> kOutcomes[] = {
    {Answer::Kind::kStands, "answered"},
    {Answer::Kind::kRefused, "refused"},
    {Answer::Kind::kServerError, "server_error"},
    {Answer::Kind::kBusy, "busy"},
    {Answer::Kind::kUnknown, "no_answer"}};

std::string OperationOf(const Call& call) {
  return call.lookup ? "lookup" : std::string(NameOf(call.step));
}

}  // namespace

ProviderMetrics::ProviderMetrics(metrics::Registry& registry)
    : in_flight_(registry.AddGauge("waybill_provider_calls_in_flight",
                                   "Calls of the payment provider that have no answer yet")) {
  for (const std::string operation : {"authorize", "capture", "void", "refund", "lookup"}) {
    seconds_[operation] = registry.AddHistogram(
        "waybill_provider_call_seconds", "How long the payment provider took to answer",
        metrics::SecondsBuckets(), {{"operation", operation}});
    for (const auto& [kind, outcome] : kOutcomes) {
      calls_[{operation, kind}] =
          registry.AddCounter("waybill_provider_calls_total", "Calls of the payment provider",
                              {{"operation", operation}, {"outcome", outcome}});
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
