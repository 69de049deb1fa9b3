// Builds the sandbox's answers in Stripe's JSON (docs.stripe.com/api/payment_intents/object,
// /api/errors).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tools/payment_sandbox/payment_intent.h"

namespace waybill::payment_sandbox {

// An answer to a caller.
struct Reply {
  int status = 200;
  std::string body;
  // If set, the connection is closed before the answer is complete.
  bool cut = false;
  // The Retry-After header in seconds; 0 sends none.
  int retry_after_s = 0;
};

// With `expand_charge`, `latest_charge` holds the whole charge instead of its id.
nlohmann::json ToJson(const Intent& intent, bool expand_charge);

Reply IntentReply(const Intent& intent, bool expand_charge = false);
Reply SearchReply(const std::vector<Intent>& intents, bool expand_charge);
Reply RefundReply(const Refunded& refund);
Reply RefundListReply(const std::vector<Refunded>& refunds, bool has_more);
// Returns 402 with the declined intent.
Reply DeclinedReply(const Intent& intent, const CardOutcome& outcome);
// Returns 400 payment_intent_unexpected_state with the intent.
Reply UnexpectedStateReply(const Intent& intent, std::string_view wanted);

// Returns {"error": {type, code, message, param}} without empty members.
Reply ErrorReply(int status, std::string_view type, std::string_view code, std::string_view message,
                 std::string_view param = "");
Reply MissingReply(std::string_view what, std::string_view id, std::string_view param);
Reply CutReply();

}  // namespace waybill::payment_sandbox
