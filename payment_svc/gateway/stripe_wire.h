// Makes the requests of a part of Stripe's PaymentIntents API, as pure functions. stripe_answer.h
// reads the answers. The rules are Stripe's: docs.stripe.com/api/payment_intents,
// /api/refunds, /api/errors, /api/idempotent_requests, /currencies, and /search for the metadata
// query.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "payment_svc/application/payment_provider.h"

namespace waybill::payment_svc {

struct HttpRequest {
  bool post = false;
  // With its query.
  std::string path;
  // Form-encoded; POST only.
  std::string body;
  // POST only.
  std::string idempotency_key;
};

// The currency's code as the provider writes it: "eur".
std::string ProviderCodeOf(const Currency& currency);

// "<order id>:<step>:<attempt>", or "<order id>:refund_part:<refund id>:<attempt>" for a partial
// refund: the same for every call of one attempt, so that the provider executes only one of them.
std::string IdempotencyKey(const ProviderCall& call);

// Returns the request that makes the call. Errors: kInvalidArgument, if the provider can't charge
// the amount of an authorisation or of a partial refund (platform/types/provider_amount.h).
absl::StatusOr<HttpRequest> RequestFor(const ProviderCall& call);

}  // namespace waybill::payment_svc
