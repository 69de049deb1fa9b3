#include "tools/payment_sandbox/operations.h"

#include <array>
#include <cstdint>
#include <set>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "platform/types/provider_amount.h"
#include "platform/types/strings.h"
#include "platform/types/uuid.h"

namespace waybill::payment_sandbox {
namespace {

constexpr std::string_view kInvalid = "invalid_request_error";

std::string NewId(std::string_view prefix) {
  return StrCat(prefix, absl::StrReplaceAll(Uuid::NewV7().ToString(), {{"-", ""}}));
}

std::string Get(const Params& params, const std::string& name) {
  const auto found = params.find(name);
  return found == params.end() ? "" : found->second;
}

Reply Bad(std::string_view code, std::string_view message, std::string_view param) {
  return ErrorReply(400, kInvalid, code, message, param);
}

bool IsKnown(const std::string& operation, const std::string& name) {
  static const std::map<std::string, std::set<std::string>> kKnown{
      {"authorize",
       {"amount", "currency", "payment_method", "capture_method", "confirm",
        "payment_method_types[]", "error_on_requires_action"}},
      {"capture", {"amount_to_capture"}},
      {"cancel", {"cancellation_reason"}},
      {"refund", {"payment_intent", "amount", "reason"}}};
  const bool metadata = name.rfind("metadata[", 0) == 0 && name.back() == ']';
  return metadata || kKnown.at(operation).contains(name);
}

std::optional<Reply> ValidateAuthorize(const Params& params) {
  std::int64_t amount = 0;
  if (!absl::SimpleAtoi(Get(params, "amount"), &amount) || amount <= 0) {
    return Bad("parameter_invalid_integer", "The amount must be a positive integer.", "amount");
  }
  const std::string name = Get(params, "currency");
  const absl::StatusOr<Currency> currency = Currency::Parse(absl::AsciiStrToUpper(name));
  if (!currency.ok()) return Bad("", StrCat("Invalid currency: ", name), "currency");
  if (const absl::Status status = CheckProviderAmount(amount, *currency); !status.ok()) {
    return Bad("", StrCat("The amount ", status.message(), "."), "amount");
  }
  if (Get(params, "capture_method") != "manual" || Get(params, "confirm") != "true") {
    return Bad("", "This sandbox supports only capture_method=manual with confirm=true.",
               "capture_method");
  }
  const std::string method = Get(params, "payment_method");
  if (!OutcomeOf(method)) {
    return Bad("resource_missing", StrCat("No such PaymentMethod: '", method, "'"),
               "payment_method");
  }
  return std::nullopt;
}

std::optional<Reply> ValidateRefundAmount(const Params& params) {
  std::int64_t amount = 0;
  if (absl::SimpleAtoi(Get(params, "amount"), &amount) && amount > 0) return std::nullopt;
  return Bad("parameter_invalid_integer", "The amount must be a positive integer.", "amount");
}

Reply Authorize(Ledger& ledger, const Params& params) {
  const CardOutcome outcome = *OutcomeOf(Get(params, "payment_method"));
  Intent intent;
  intent.id = NewId("pi_");
  intent.amount = std::stoll(Get(params, "amount"));
  intent.currency = absl::AsciiStrToLower(Get(params, "currency"));
  intent.payment_method = Get(params, "payment_method");
  intent.metadata = MetadataOf(params);
  intent.created_s = absl::ToUnixSeconds(absl::Now());
  Confirm(intent, outcome);
  ledger.Insert(intent);
  return outcome.works() ? IntentReply(intent) : DeclinedReply(intent, outcome);
}

// Refuses to capture a part, which this sandbox doesn't support.
std::optional<Reply> RefusePart(const Params& params, const std::string& name, std::int64_t whole) {
  const std::string amount = Get(params, name);
  if (amount.empty() || amount == StrCat(whole)) return std::nullopt;
  return Bad("parameter_invalid_integer", "This sandbox supports only the whole amount.", name);
}

Reply CaptureIntent(Ledger& ledger, const std::string& id, const Params& params) {
  std::optional<Intent> intent = ledger.Loaded(id);
  if (!intent) return MissingReply("payment_intent", id, "intent");
  if (std::optional<Reply> refusal = RefusePart(params, "amount_to_capture", intent->amount)) {
    return *refusal;
  }
  if (!Capture(*intent)) return UnexpectedStateReply(*intent, "captured");
  ledger.Update(*intent);
  return IntentReply(*intent);
}

Reply CancelIntent(Ledger& ledger, const std::string& id) {
  std::optional<Intent> intent = ledger.Loaded(id);
  if (!intent) return MissingReply("payment_intent", id, "intent");
  if (!Cancel(*intent)) return UnexpectedStateReply(*intent, "canceled");
  ledger.Update(*intent);
  return IntentReply(*intent);
}

Reply RefundIntent(Ledger& ledger, const Params& params) {
  const std::string id = Get(params, "payment_intent");
  std::optional<Intent> intent = ledger.Loaded(id);
  if (!intent) return MissingReply("payment_intent", id, "payment_intent");
  if (intent->amount_captured == 0) {
    return Bad("", "This PaymentIntent does not have a successful charge to refund.",
               "payment_intent");
  }
  const std::int64_t left = Refundable(*intent);
  if (left == 0) {
    return Bad("charge_already_refunded", "The charge has already been refunded.", "");
  }
  const std::string wanted = Get(params, "amount");
  const std::int64_t amount = wanted.empty() ? left : std::stoll(wanted);
  if (!Refund(*intent, amount)) {
    return Bad("",
               StrCat("Refund amount (", amount, ") is greater than unrefunded amount on charge (",
                      left, ")"),
               "amount");
  }
  ledger.Update(*intent);
  const Refunded refund{.id = NewId("re_"),
                        .intent = id,
                        .amount = amount,
                        .currency = intent->currency,
                        .metadata = MetadataOf(params)};
  ledger.InsertRefund(refund);
  return RefundReply(refund);
}

}  // namespace

std::map<std::string, std::string> MetadataOf(const Params& params) {
  constexpr std::string_view kPrefix = "metadata[";
  std::map<std::string, std::string> metadata;
  for (const auto& [name, value] : params) {
    if (name.rfind(kPrefix, 0) != 0 || name.back() != ']') continue;
    metadata[name.substr(kPrefix.size(), name.size() - kPrefix.size() - 1)] = value;
  }
  return metadata;
}

std::string IntentOf(const std::string& operation, const std::string& intent,
                     const Params& params) {
  return operation == "refund" ? Get(params, "payment_intent") : intent;
}

std::optional<Reply> Validate(const std::string& operation, const Params& params) {
  for (const auto& [name, value] : params) {
    if (!IsKnown(operation, name)) {
      return Bad("parameter_unknown", StrCat("Received unknown parameter: ", name), name);
    }
  }
  if (operation == "authorize") return ValidateAuthorize(params);
  if (operation == "refund" && Get(params, "payment_intent").empty()) {
    return Bad("parameter_missing", "Missing required param: payment_intent.", "payment_intent");
  }
  if (operation == "refund" && params.contains("amount")) return ValidateRefundAmount(params);
  return std::nullopt;
}

Reply Perform(Ledger& ledger, const std::string& operation, const std::string& intent,
              const Params& params) {
  if (operation == "authorize") return Authorize(ledger, params);
  if (operation == "capture") return CaptureIntent(ledger, intent, params);
  if (operation == "cancel") return CancelIntent(ledger, intent);
  return RefundIntent(ledger, params);
}

}  // namespace waybill::payment_sandbox
