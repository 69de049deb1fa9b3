// PaymentProvider over HTTP: Stripe, or the payment sandbox (tools/payment_sandbox), which speaks
// the same.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "payment_svc/application/ports.h"
#include "payment_svc/gateway/provider_metrics.h"

namespace waybill::payment_svc {

struct StripeOptions {
  // "https://api.stripe.com"; without a path.
  std::string url;
  std::string api_key;
  // From the start of a call to its answer, connecting included.
  absl::Duration call_timeout = absl::Seconds(5);
  // Connections kept and calls under way at once.
  int max_in_flight = 64;
};

// No answer is larger than this; what is, counts as none.
inline constexpr std::size_t kMaxResponseBytes = 256 * 1024;

// Calls run on libcurl's multi interface, inside Collect: no thread of its own, and connections are
// used again. Used by one thread, but for Wake. Environment variables for proxies are not looked
// at.
class StripeProvider final : public PaymentProvider {
 public:
  // kInvalidArgument: the URL is none, or the key can't be in a header.
  static absl::StatusOr<std::unique_ptr<StripeProvider>> Make(StripeOptions options,
                                                              ProviderMetrics metrics = {});
  // Drops the calls under way.
  ~StripeProvider() override;

  void Submit(ProviderCall call) override;
  std::vector<ProviderAnswer> Collect(absl::Duration max_wait) override;
  void Wake() override;

 private:
  class Impl;
  explicit StripeProvider(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::payment_svc
