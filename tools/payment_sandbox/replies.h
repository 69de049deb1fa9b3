// The sandbox's answers, in Stripe's JSON (docs.stripe.com/api/payment_intents/object,
// /api/errors).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tools/payment_sandbox/payment_intent.h"

namespace waybill::payment_sandbox {

// What goes back to a caller.
struct Reply {
  int status = 200;
  std::string body;
  // The connection is cut instead of answered in full.
  bool cut = false;
  // Seconds; 0 for none.
  int retry_after_s = 0;
};

// `expand_charge`: the whole charge in `latest_charge` instead of its id.
nlohmann::json ToJson(const Intent& intent, bool expand_charge);

Reply IntentReply(const Intent& intent, bool expand_charge = false);
Reply SearchReply(const std::vector<Intent>& intents, bool expand_charge);
Reply RefundReply(const std::string& id, const Intent& intent);
// 402, with the declined intent.
Reply DeclinedReply(const Intent& intent, const CardOutcome& outcome);
// 400 payment_intent_unexpected_state, with the intent.
Reply UnexpectedStateReply(const Intent& intent, std::string_view wanted);

// {"error": {type, code, message, param}}; empty members are left out.
Reply ErrorReply(int status, std::string_view type, std::string_view code, std::string_view message,
                 std::string_view param = "");
Reply MissingReply(std::string_view what, std::string_view id, std::string_view param);
Reply CutReply();

}  // namespace waybill::payment_sandbox
