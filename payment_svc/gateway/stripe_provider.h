// StripeProvider calls the payment provider over HTTP: Stripe, or the payment sandbox
// (tools/payment_sandbox), which speaks the same API.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "payment_svc/application/payment_provider.h"
#include "payment_svc/gateway/provider_metrics.h"
#include "payment_svc/gateway/stripe_options.h"

namespace waybill::payment_svc {

// A larger response counts as no answer.
inline constexpr std::size_t kMaxResponseBytes = 256 * 1024;

// Calls run on libcurl's multi interface, inside Collect: no thread of its own, and connections are
// reused. Used by one thread, but for Wake and UseApiKey. Environment variables for proxies are ignored.
class StripeProvider final : public PaymentProvider {
 public:
  // Calls nobody yet. Ends the process when libcurl can't be initialised: there is no memory, or no
  // TLS, and nothing to go on with.
  explicit StripeProvider(StripeOptions options, ProviderMetrics metrics = {});
  // Drops the calls under way.
  ~StripeProvider() override;

  void Submit(ProviderCall call) override;
  std::vector<ProviderAnswer> Collect(absl::Duration max_wait) override;
  void Wake() override;

  // From now on calls are made with this key, one that FitsInHeader takes.
  void UseApiKey(std::string api_key);

 private:
  class Impl;

  const std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::payment_svc
