#include "tools/payment_sandbox/replies.h"

#include "platform/types/strings.h"

namespace waybill::payment_sandbox {
namespace {

using nlohmann::json;

std::string Text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json ErrorBody(std::string_view type, std::string_view code, std::string_view message,
               std::string_view param = "") {
  json error{{"type", type}, {"message", message}};
  if (!code.empty()) error["code"] = code;
  if (!param.empty()) error["param"] = param;
  return error;
}

json DeclineError(const CardOutcome& outcome) {
  json error = ErrorBody("card_error", outcome.error_code, "Your card was declined.");
  if (!outcome.decline_code.empty()) error["decline_code"] = outcome.decline_code;
  return error;
}

json ChargeOf(const Intent& intent, const std::string& id) {
  return {
      {"id", id},
      {"object", "charge"},
      {"amount", intent.amount},
      {"amount_captured", intent.amount_captured},
      {"amount_refunded", intent.amount_refunded},
      {"captured", intent.amount_captured > 0},
      {"refunded", intent.amount_captured > 0 && intent.amount_refunded == intent.amount_captured},
      {"payment_intent", intent.id}};
}

json RefundOf(const Refunded& refund) {
  return {{"id", refund.id},
          {"object", "refund"},
          {"amount", refund.amount},
          {"currency", refund.currency},
          {"metadata", refund.metadata},
          {"payment_intent", refund.intent},
          {"status", "succeeded"}};
}

}  // namespace

json ToJson(const Intent& intent, bool expand_charge) {
  const std::string charge_id = StrCat("ch_", intent.id.substr(3));
  const bool held = intent.status == "requires_capture";
  const std::optional<CardOutcome> outcome = OutcomeOf(intent.payment_method);
  json body{{"id", intent.id},
            {"object", "payment_intent"},
            {"amount", intent.amount},
            {"amount_capturable", held ? intent.amount : 0},
            {"amount_received", intent.amount_captured},
            {"capture_method", "manual"},
            {"confirmation_method", "automatic"},
            {"created", intent.created_s},
            {"currency", intent.currency},
            {"last_payment_error", nullptr},
            {"livemode", false},
            {"metadata", intent.metadata},
            {"payment_method", intent.payment_method},
            {"payment_method_types", {"card"}},
            {"status", intent.status}};
  if (outcome && !outcome->works()) {
    body["last_payment_error"] = DeclineError(*outcome);
    // Stripe removes a declined payment method from the intent.
    body["payment_method"] = nullptr;
  }
  body["latest_charge"] = expand_charge ? ChargeOf(intent, charge_id) : json(charge_id);
  return body;
}

Reply IntentReply(const Intent& intent, bool expand_charge) {
  return {200, Text(ToJson(intent, expand_charge))};
}

Reply SearchReply(const std::vector<Intent>& intents, bool expand_charge) {
  json data = json::array();
  for (const Intent& intent : intents) data.push_back(ToJson(intent, expand_charge));
  return {200, Text({{"object", "search_result"},
                     {"url", "/v1/payment_intents/search"},
                     {"has_more", false},
                     {"data", data}})};
}

Reply RefundReply(const Refunded& refund) { return {200, Text(RefundOf(refund))}; }

Reply RefundListReply(const std::vector<Refunded>& refunds, bool has_more) {
  json data = json::array();
  for (const Refunded& refund : refunds) data.push_back(RefundOf(refund));
  return {
      200,
      Text({{"object", "list"}, {"url", "/v1/refunds"}, {"has_more", has_more}, {"data", data}})};
}

Reply DeclinedReply(const Intent& intent, const CardOutcome& outcome) {
  json error = DeclineError(outcome);
  error["payment_intent"] = ToJson(intent, false);
  return {402, Text({{"error", error}})};
}

Reply UnexpectedStateReply(const Intent& intent, std::string_view wanted) {
  json error = ErrorBody("invalid_request_error", "payment_intent_unexpected_state",
                         StrCat("This PaymentIntent could not be ", wanted,
                                " because it has a status of ", intent.status, "."));
  error["payment_intent"] = ToJson(intent, false);
  return {400, Text({{"error", error}})};
}

Reply ErrorReply(int status, std::string_view type, std::string_view code, std::string_view message,
                 std::string_view param) {
  return {status, Text({{"error", ErrorBody(type, code, message, param)}})};
}

Reply MissingReply(std::string_view what, std::string_view id, std::string_view param) {
  return ErrorReply(404, "invalid_request_error", "resource_missing",
                    StrCat("No such ", what, ": '", id, "'"), param);
}

Reply CutReply() {
  Reply reply;
  reply.cut = true;
  return reply;
}

}  // namespace waybill::payment_sandbox
