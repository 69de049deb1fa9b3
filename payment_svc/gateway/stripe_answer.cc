#include "payment_svc/gateway/stripe_answer.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "payment_svc/gateway/stripe_wire.h"
#include "platform/types/provider_amount.h"
#include "platform/types/strings.h"

namespace waybill::payment_svc {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxCodeSize = 100;
// No object id is longer (docs.stripe.com/upgrades).
constexpr std::size_t kMaxIdSize = 255;

// Refusals because of our account or key, not because of the order.
constexpr std::array<std::string_view, 4> kOurMistakes = {
    "account_invalid", "livemode_mismatch", "secret_key_required", "testmode_charges_only"};

// Makes a code safe for logs, events and columns.
std::string Tame(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kMaxCodeSize)) {
    const bool plain =
        absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-';
    out.push_back(plain ? c : '_');
  }
  return out;
}

const json& Member(const json& object, const char* name) {
  static const json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(name);
  return found == object.end() ? kNothing : *found;
}

std::string CodeAt(const json& object, const char* name) {
  const json& value = Member(object, name);
  return value.is_string() ? Tame(value.get_ref<const std::string&>()) : "";
}

// Refuses a dot segment, which would change the path, encoded or not (RFC 3986 section 5.2.4).
bool IsId(std::string_view text) {
  return !text.empty() && text.size() <= kMaxIdSize && text != "." && text != ".." &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

// "" when there is none, or one that can't be an id.
std::string IdAt(const json& object, const char* name) {
  const json& value = Member(object, name);
  if (!value.is_string() || !IsId(value.get_ref<const std::string&>())) return "";
  return value.get<std::string>();
}

std::int64_t NumberAt(const json& object, const char* name) {
  const json& value = Member(object, name);
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

std::string FirstOf(std::initializer_list<std::string> texts) {
  for (const std::string& text : texts) {
    if (!text.empty()) return text;
  }
  return "unknown";
}

Answer Of(Answer::Kind kind, std::string reason) {
  Answer answer;
  answer.kind = kind;
  answer.reason = std::move(reason);
  return answer;
}

Answer Stands(Standing standing, std::string reference = "", std::string reason = "") {
  Answer answer = Of(Answer::Kind::kStands, std::move(reason));
  answer.standing = standing;
  answer.provider_reference = std::move(reference);
  return answer;
}

// The answer is unclear, and a retry with the same key wouldn't show what happened.
Answer Puzzling(const ProviderCall& call, std::string reason) {
  return Of(call.call.lookup ? Answer::Kind::kUnknown : Answer::Kind::kServerError,
            std::move(reason));
}

// The value of a member of the provider's answer, and the value that it must have.
struct Expectation {
  std::string_view member;
  std::string found;
  std::string expected;
};

// "" when all is as expected.
std::string DifferenceIn(std::initializer_list<Expectation> expectations) {
  for (const auto& [member, found, expected] : expectations) {
    if (found != expected) return StrCat(member, " is ", found, " instead of ", expected);
  }
  return "";
}

std::string InProviderUnits(const Money& money) {
  const absl::StatusOr<std::int64_t> amount = ToProviderAmount(money);
  return amount.ok() ? StrCat(*amount) : "one that can be charged";
}

std::string RefundAmountOf(const ProviderCall& call) {
  return InProviderUnits(call.part ? call.part->amount : call.charge->amount);
}

// The amount of the provider's payment; none if it can't be one of ours.
std::optional<Money> AmountIn(const json& intent) {
  const absl::StatusOr<Currency> currency =
      Currency::Parse(absl::AsciiStrToUpper(CodeAt(intent, "currency")));
  if (!currency.ok()) return std::nullopt;
  const absl::StatusOr<Money> amount = FromProviderAmount(NumberAt(intent, "amount"), *currency);
  return amount.ok() ? std::optional(*amount) : std::nullopt;
}

bool FullyRefunded(const json& intent) {
  const json& charge = Member(intent, "latest_charge");
  const std::int64_t taken = NumberAt(intent, "amount_received");
  return taken > 0 && NumberAt(charge, "amount_refunded") >= taken;
}

std::string IntentDifference(const ProviderCall& call, const Money& charged, const json& intent) {
  const std::string amount = InProviderUnits(charged);
  const std::string status = CodeAt(intent, "status");
  // A cancelled payment holds no money, whatever its amount was.
  const bool holds_money = status != "canceled";
  const auto amount_when = [&](const char* member, const char* wanted_status) {
    const bool counts = holds_money && status == wanted_status;
    return Expectation{member, counts ? StrCat(NumberAt(intent, member)) : amount, amount};
  };
  const std::string id = IdAt(intent, "id");
  return DifferenceIn(
      {{"metadata.order_id", CodeAt(Member(intent, "metadata"), "order_id"), call.order.ToString()},
       {"id", id, FirstOf({call.provider_reference, id, "one that can be an id"})},
       {"currency", CodeAt(intent, "currency"), ProviderCodeOf(charged.currency)},
       {"amount", holds_money ? StrCat(NumberAt(intent, "amount")) : amount, amount},
       amount_when("amount_capturable", "requires_capture"),
       amount_when("amount_received", "succeeded")});
}

Answer StandingOf(const ProviderCall& call, const json& intent) {
  const std::string id = IdAt(intent, "id");
  const std::string status = CodeAt(intent, "status");
  if (status == "requires_capture") return Stands(Standing::kHeld, id);
  if (status == "canceled") return Stands(Standing::kVoided, id);
  if (status == "succeeded") {
    return Stands(FullyRefunded(intent) ? Standing::kRefunded : Standing::kCaptured, id);
  }
  if (status == "requires_payment_method" || status == "requires_action" ||
      status == "requires_confirmation") {
    const json& error = Member(intent, "last_payment_error");
    return Stands(Standing::kDeclined, id,
                  FirstOf({CodeAt(error, "decline_code"), CodeAt(error, "code"), status}));
  }
  return Puzzling(call, status);
}

Answer OfIntent(const ProviderCall& call, const json& intent) {
  if (!Member(intent, "id").is_string()) return Puzzling(call, "no_payment_intent");
  const std::optional<Money> amount = call.charge ? call.charge->amount : AmountIn(intent);
  if (!amount) return Puzzling(call, "no_amount");
  if (std::string difference = IntentDifference(call, *amount, intent); !difference.empty()) {
    return Of(Answer::Kind::kMismatch, std::move(difference));
  }
  Answer answer = StandingOf(call, intent);
  if (!call.charge) answer.amount = *amount;
  return answer;
}

bool HasMoney(const Answer& answer) {
  return answer.kind == Answer::Kind::kStands &&
         (answer.standing == Standing::kHeld || answer.standing == Standing::kCaptured);
}

// Several attempts may have left several intents. A mismatch takes precedence over all others, and
// an intent that holds money over one that doesn't.
int Weight(const Answer& answer) {
  if (answer.kind != Answer::Kind::kStands) return 4;
  switch (answer.standing) {
    case Standing::kHeld:
    case Standing::kCaptured:
      return 3;
    case Standing::kRefunded:
      return 2;
    case Standing::kVoided:
    case Standing::kDeclined:
      return 1;
    case Standing::kAbsent:
      return 0;
  }
  return 0;
}

Answer OfSearch(const ProviderCall& call, const json& result) {
  const json& found = Member(result, "data");
  if (!found.is_array() || Member(result, "has_more") == true) {
    return Puzzling(call, "no_search_result");
  }
  Answer best = Stands(Standing::kAbsent);
  int with_money = 0;
  for (const json& intent : found) {
    Answer answer = OfIntent(call, intent);
    with_money += HasMoney(answer) ? 1 : 0;
    if (Weight(answer) > Weight(best)) best = std::move(answer);
  }
  if (with_money > 1) {
    return Of(Answer::Kind::kMismatch, StrCat("the order has ", with_money, " payments"));
  }
  return best;
}

bool IsMade(std::string_view refund_status) {
  // A pending refund is on its way, and we can't change that any more.
  return refund_status == "succeeded" || refund_status == "pending";
}

bool HasCome(const ProviderCall& call, const json& refund) {
  return call.part && call.part->id &&
         CodeAt(Member(refund, "metadata"), "refund_id") == call.part->id->ToString();
}

Answer OfRefund(const ProviderCall& call, const json& refund) {
  const std::string status = CodeAt(refund, "status");
  if (!IsMade(status)) return Puzzling(call, FirstOf({status, "no_refund"}));
  const bool is_part = call.call.step == Step::kRefundPart;
  const std::string id = CodeAt(Member(refund, "metadata"), "refund_id");
  std::string difference = DifferenceIn(
      {{"payment_intent", IdAt(refund, "payment_intent"), call.provider_reference},
       {"currency", CodeAt(refund, "currency"), ProviderCodeOf(call.charge->amount.currency)},
       {"amount", StrCat(NumberAt(refund, "amount")), RefundAmountOf(call)},
       {"metadata.refund_id", id, is_part ? call.part->id->ToString() : id}});
  if (difference.empty()) return Stands(Standing::kRefunded);
  return Of(Answer::Kind::kMismatch, std::move(difference));
}

// Looks a part up among the refunds of its payment.
Answer OfRefundList(const ProviderCall& call, const json& result) {
  const json& found = Member(result, "data");
  if (!found.is_array() || Member(result, "has_more") == true) {
    return Puzzling(call, "no_list_of_refunds");
  }
  Answer best = Stands(Standing::kAbsent);
  int made = 0;
  for (const json& refund : found) {
    if (!HasCome(call, refund)) continue;
    const std::string status = CodeAt(refund, "status");
    if (IsMade(status)) {
      ++made;
      best = OfRefund(call, refund);
    } else if (made == 0) {
      const bool gone = status == "failed" || status == "canceled";
      best = gone ? Of(Answer::Kind::kRefused, FirstOf({CodeAt(refund, "failure_reason"), status}))
                  : Puzzling(call, FirstOf({status, "no_refund"}));
    }
  }
  if (made > 1) return Of(Answer::Kind::kMismatch, StrCat("the refund was made ", made, " times"));
  return best;
}

Answer OfSuccess(const ProviderCall& call, const json& body) {
  const bool is_part = call.call.step == Step::kRefundPart;
  if (call.call.lookup && is_part) return OfRefundList(call, body);
  if (call.call.lookup && call.provider_reference.empty()) return OfSearch(call, body);
  if (!call.call.lookup && (is_part || call.call.step == Step::kRefund)) {
    return OfRefund(call, body);
  }
  return OfIntent(call, body);
}

Answer OfDecline(const ProviderCall& call, const json& error) {
  const json& intent = Member(error, "payment_intent");
  if (intent.is_object()) {
    Answer answer = OfIntent(call, intent);
    const bool declined =
        answer.kind == Answer::Kind::kStands && answer.standing == Standing::kDeclined;
    if (!declined) return answer;
  }
  return Stands(
      Standing::kDeclined, IdAt(intent, "id"),
      FirstOf({CodeAt(error, "decline_code"), CodeAt(error, "code"), CodeAt(error, "type")}));
}

Answer OfRefusal(const ProviderCall& call, long status, const json& error) {
  const std::string code = CodeAt(error, "code");
  const std::string type = CodeAt(error, "type");
  const std::string reason = FirstOf({CodeAt(error, "decline_code"), code, type});
  const bool authorizes = call.call.step == Step::kAuthorize;
  // The key, account, mode or URL has changed: neither a payment whose id came from the provider
  // nor the provider's own paths can be missing. A missing payment method is a 400.
  if (status == 404 || (code == "resource_missing" && !authorizes)) {
    return Of(Answer::Kind::kMismatch, reason);
  }
  if (call.call.lookup || std::ranges::find(kOurMistakes, code) != kOurMistakes.end()) {
    return Of(Answer::Kind::kBusy, reason);
  }
  if (type == "idempotency_error") return Puzzling(call, type);
  if (code == "payment_intent_unexpected_state") {
    return OfIntent(call, Member(error, "payment_intent"));
  }
  // The error doesn't say how much was refunded. A partial refund was not executed, because this is
  // the answer to its own key.
  if (code == "charge_already_refunded" && call.call.step != Step::kRefundPart) {
    return Puzzling(call, code);
  }
  if (authorizes && status == 402) return OfDecline(call, error);
  return Of(Answer::Kind::kRefused, reason);
}

Answer Interpret(const ProviderCall& call, long status, const json& body) {
  if (status >= 200 && status < 300) return OfSuccess(call, body);
  const json& error = Member(body, "error");
  const std::string what =
      FirstOf({CodeAt(error, "code"), CodeAt(error, "type"), StrCat("http_", status)});
  // A call with the same key is under way.
  if (status == 409) return Of(Answer::Kind::kUnknown, what);
  // On 401 and 403 our key is wrong, not the order, which waits until the configuration is
  // corrected.
  if (status == 429 || status == 401 || status == 403) return Of(Answer::Kind::kBusy, what);
  if (status >= 400 && status < 500 && error.is_object()) return OfRefusal(call, status, error);
  return Puzzling(call, what);
}

}  // namespace

Answer AnswerOf(const ProviderCall& call, const HttpResponse& response) {
  const json body = json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  Answer answer = Interpret(call, response.status, body);
  answer.retry_after = response.retry_after;
  return answer;
}

}  // namespace waybill::payment_svc
