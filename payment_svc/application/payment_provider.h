// PaymentProvider is the port through which use cases call the payment provider.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "payment_svc/domain/payment.h"

namespace waybill::payment_svc {

// A call to be made, with all that the provider receives.
struct ProviderCall {
  OrderId order;
  Call call;
  // Unknown to a look-up of an authorisation alone.
  std::optional<Charge> charge;
  // The provider's own id of the payment; empty before its first answer.
  std::string provider_reference;
  // What a refund refunds if it isn't the whole charge.
  std::optional<RefundPart> part = std::nullopt;
};

struct ProviderAnswer {
  OrderId order;
  Call call;
  Answer answer;
};

// Calls run side by side; their answers are collected. Used by one thread, but for Wake.
class PaymentProvider {
 public:
  virtual ~PaymentProvider() = default;

  // Starts a call. It ends with exactly one answer, within the provider's call timeout. Doesn't
  // block.
  virtual void Submit(ProviderCall call) = 0;
  // The answers that are in. Waits for the first one for at most `max_wait`, or until woken.
  virtual std::vector<ProviderAnswer> Collect(absl::Duration max_wait) = 0;
  // Makes the Collect under way, or the next, return at once. Thread-safe, never blocks.
  virtual void Wake() = 0;
};

}  // namespace waybill::payment_svc
