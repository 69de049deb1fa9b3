// Speaks a part of Stripe's PaymentIntents API, as pure functions: they make a call's request and
// read what an answer means. The rules are Stripe's: docs.stripe.com/api/payment_intents,
// /api/refunds, /api/errors, /api/idempotent_requests, and /search for the metadata query.
#pragma once

#include <string>

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

struct HttpResponse {
  long status = 0;
  std::string body;
  absl::Duration retry_after = absl::ZeroDuration();
};

// "<order id>:<step>:<attempt>": the same for every call of one attempt, so that it can't happen
// twice.
std::string IdempotencyKey(const ProviderCall& call);

HttpRequest RequestFor(const ProviderCall& call);

// What the response to the call means. Never fails: what can't be understood is kServerError, to be
// looked up, or kUnknown when it was a look-up. Texts are cut down to [A-Za-z0-9_.-], 100
// characters.
Answer AnswerOf(const ProviderCall& call, const HttpResponse& response);

}  // namespace waybill::payment_svc
