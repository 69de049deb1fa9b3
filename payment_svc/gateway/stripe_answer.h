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

// What the response to the call means. Never fails: what can't be understood is kServerError, to be
// looked up, or kUnknown when it was a look-up.
//
// Whatever the response says of a payment or a refund is compared with the call: the order in the
// metadata, the provider's id, amount and currency. One that differs is kMismatch, and so is an id
// that can't be one (not 1 to 255 printable ASCII characters, or a dot segment) and a 404 for what
// the provider has named itself.
//
// Ids are kept whole. Codes, which are for people, are cut down to [A-Za-z0-9_.-], 100 characters.
Answer AnswerOf(const ProviderCall& call, const HttpResponse& response);

}  // namespace waybill::payment_svc
