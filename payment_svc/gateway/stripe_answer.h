// Reads the answers of a part of Stripe's PaymentIntents API, as pure functions. The rules are
// Stripe's: docs.stripe.com/api/payment_intents/object, /api/refunds/object, /api/errors.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "payment_svc/application/payment_provider.h"

namespace waybill::payment_svc {

struct HttpResponse {
  long status = 0;
  std::string body;
  absl::Duration retry_after = absl::ZeroDuration();
};

// Converts the response to a call into an Answer. Never fails: a response that can't be parsed is
// kServerError, so that the step is looked up, or kUnknown if the call was a look-up.
//
// The payment or refund in the response is compared with the call: the order in the metadata, the
// provider's id, amount and currency. A difference is kMismatch, and so are a malformed id (other
// than 1 to 255 printable ASCII characters, or a dot segment) and a 404 for a payment whose id came
// from the provider.
//
// Ids are stored whole. Codes are for people: only their first 100 characters are kept, and '_'
// replaces those other than [A-Za-z0-9_.-]. Thread-safe.
Answer AnswerOf(const ProviderCall& call, const HttpResponse& response);

}  // namespace waybill::payment_svc
