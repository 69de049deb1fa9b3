#include "payment_svc/gateway/stripe_wire.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "platform/types/strings.h"

namespace waybill::payment_svc {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxCodeSize = 100;

std::string FormEncode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' ||
        c == '~') {
      out.push_back(c);
    } else {
      StrAppend(&out, absl::StrFormat("%%%02X", static_cast<unsigned char>(c)));
    }
  }
  return out;
}

// Codes and ids go into logs, events, columns and URLs.
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

std::string TextAt(const json& object, const char* name) {
  const json& value = Member(object, name);
  return value.is_string() ? Tame(value.get_ref<const std::string&>()) : "";
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

// Whatever happened, a retry with the same key won't show it.
Answer Puzzling(const ProviderCall& call, std::string reason) {
  return Of(call.call.lookup ? Answer::Kind::kUnknown : Answer::Kind::kServerError,
            std::move(reason));
}

bool FullyRefunded(const json& intent) {
  const json& charge = Member(intent, "latest_charge");
  const std::int64_t taken = NumberAt(intent, "amount_received");
  return taken > 0 && NumberAt(charge, "amount_refunded") >= taken;
}

Answer OfIntent(const ProviderCall& call, const json& intent) {
  const std::string id = TextAt(intent, "id");
  const std::string status = TextAt(intent, "status");
  if (id.empty()) return Puzzling(call, "no_payment_intent");
  if (status == "requires_capture") return Stands(Standing::kHeld, id);
  if (status == "canceled") return Stands(Standing::kVoided, id);
  if (status == "succeeded") {
    return Stands(FullyRefunded(intent) ? Standing::kRefunded : Standing::kCaptured, id);
  }
  if (status == "requires_payment_method" || status == "requires_action" ||
      status == "requires_confirmation") {
    const json& error = Member(intent, "last_payment_error");
    return Stands(Standing::kDeclined, id,
                  FirstOf({TextAt(error, "decline_code"), TextAt(error, "code"), status}));
  }
  return Puzzling(call, status);
}

// Several attempts may have left several intents; money that is held or was taken counts first.
int Weight(const Answer& answer) {
  if (answer.kind != Answer::Kind::kStands) return 5;
  switch (answer.standing) {
    case Standing::kHeld:
      return 4;
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
  if (!found.is_array()) return Puzzling(call, "no_search_result");
  Answer best = Stands(Standing::kAbsent);
  for (const json& intent : found) {
    Answer answer = OfIntent(call, intent);
    if (Weight(answer) > Weight(best)) best = std::move(answer);
  }
  return best;
}

Answer OfRefund(const ProviderCall& call, const json& refund) {
  const std::string status = TextAt(refund, "status");
  // A pending refund is on its way, and nothing of ours can change that any more.
  if (status == "succeeded" || status == "pending") return Stands(Standing::kRefunded);
  return Puzzling(call, FirstOf({status, "no_refund"}));
}

Answer OfSuccess(const ProviderCall& call, const json& body) {
  if (call.call.lookup && call.provider_reference.empty()) return OfSearch(call, body);
  if (!call.call.lookup && call.call.step == Step::kRefund) return OfRefund(call, body);
  return OfIntent(call, body);
}

Answer OfRefusal(const ProviderCall& call, long status, const json& error) {
  const std::string code = TextAt(error, "code");
  const std::string type = TextAt(error, "type");
  const json& intent = Member(error, "payment_intent");
  if (call.call.lookup) {
    if (status == 404) return Stands(Standing::kAbsent);
    return Of(Answer::Kind::kBusy, FirstOf({code, type}));
  }
  if (type == "idempotency_error") return Puzzling(call, type);
  if (code == "payment_intent_unexpected_state") return OfIntent(call, intent);
  if (code == "charge_already_refunded") return Stands(Standing::kRefunded);
  if (call.call.step == Step::kAuthorize) {
    if (status == 402) {
      return Stands(Standing::kDeclined, TextAt(intent, "id"),
                    FirstOf({TextAt(error, "decline_code"), code, type}));
    }
  } else if (code == "resource_missing") {
    return Stands(Standing::kAbsent);
  }
  return Of(Answer::Kind::kRefused, FirstOf({TextAt(error, "decline_code"), code, type}));
}

Answer Interpret(const ProviderCall& call, long status, const json& body) {
  if (status >= 200 && status < 300) return OfSuccess(call, body);
  const json& error = Member(body, "error");
  const std::string what =
      FirstOf({TextAt(error, "code"), TextAt(error, "type"), StrCat("http_", status)});
  if (status == 409 || status == 429) return Of(Answer::Kind::kBusy, what);
  // Our key is wrong, not the order: it waits until somebody has mended the configuration.
  if (status == 401 || status == 403) return Of(Answer::Kind::kBusy, what);
  if (status >= 400 && status < 500 && error.is_object()) return OfRefusal(call, status, error);
  return Puzzling(call, what);
}

HttpRequest Post(const ProviderCall& call, std::string path, std::string body) {
  return {true, std::move(path), std::move(body), IdempotencyKey(call)};
}

HttpRequest LookUp(const ProviderCall& call) {
  if (!call.provider_reference.empty()) {
    return {false,
            StrCat("/v1/payment_intents/", FormEncode(call.provider_reference),
                   "?expand%5B%5D=latest_charge"),
            "", ""};
  }
  const std::string query = StrCat("metadata['order_id']:'", call.order.ToString(), "'");
  return {false,
          StrCat("/v1/payment_intents/search?query=", FormEncode(query),
                 "&expand%5B%5D=data.latest_charge"),
          "", ""};
}

}  // namespace

std::string IdempotencyKey(const ProviderCall& call) {
  return StrCat(call.order.ToString(), ":", NameOf(call.call.step), ":", call.call.attempt);
}

HttpRequest RequestFor(const ProviderCall& call) {
  if (call.call.lookup) return LookUp(call);
  const std::string intent = StrCat("/v1/payment_intents/", FormEncode(call.provider_reference));
  switch (call.call.step) {
    case Step::kAuthorize:
      return Post(call, "/v1/payment_intents",
                  StrCat("amount=", call.charge.amount.minor_units, "&currency=",
                         FormEncode(absl::AsciiStrToLower(call.charge.amount.currency.value())),
                         "&payment_method=", FormEncode(call.charge.payment_method),
                         "&payment_method_types%5B%5D=card&capture_method=manual"
                         "&confirm=true&error_on_requires_action=true"
                         "&metadata%5Border_id%5D=",
                         call.order.ToString()));
    case Step::kCapture:
      return Post(call, intent + "/capture", "");
    case Step::kVoid:
      return Post(call, intent + "/cancel", "");
    case Step::kRefund:
      return Post(call, "/v1/refunds",
                  StrCat("payment_intent=", FormEncode(call.provider_reference)));
  }
  return {};
}

Answer AnswerOf(const ProviderCall& call, const HttpResponse& response) {
  const json body = json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  Answer answer = Interpret(call, response.status, body);
  answer.retry_after = response.retry_after;
  return answer;
}

}  // namespace waybill::payment_svc
