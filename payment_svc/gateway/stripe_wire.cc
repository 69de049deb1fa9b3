#include "payment_svc/gateway/stripe_wire.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "platform/types/provider_amount.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::payment_svc {
namespace {

// The most entries of one page of the provider's list. An order has fewer refunds.
constexpr int kMaxListedRefunds = 100;

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

HttpRequest Post(const ProviderCall& call, std::string path, std::string body) {
  return {true, std::move(path), std::move(body), IdempotencyKey(call)};
}

absl::StatusOr<HttpRequest> Authorize(const ProviderCall& call) {
  ASSIGN_OR_RETURN(const std::int64_t amount, ToProviderAmount(call.charge->amount));
  return Post(call, "/v1/payment_intents",
              StrCat("amount=", amount, "&currency=", ProviderCodeOf(call.charge->amount.currency),
                     "&payment_method=", FormEncode(call.charge->payment_method),
                     "&payment_method_types%5B%5D=card&capture_method=manual"
                     "&confirm=true&error_on_requires_action=true"
                     "&metadata%5Border_id%5D=",
                     call.order.ToString()));
}

absl::StatusOr<HttpRequest> GiveBack(const ProviderCall& call) {
  std::string body = StrCat("payment_intent=", FormEncode(call.provider_reference));
  if (call.part) {
    ASSIGN_OR_RETURN(const std::int64_t amount, ToProviderAmount(call.part->amount));
    StrAppend(&body, "&amount=", amount);
    // A look-up finds the refund by this id.
    if (call.part->id) StrAppend(&body, "&metadata%5Brefund_id%5D=", call.part->id->ToString());
  }
  return Post(call, "/v1/refunds", std::move(body));
}

HttpRequest LookUp(const ProviderCall& call) {
  if (call.call.step == Step::kRefundPart) {
    return {false,
            StrCat("/v1/refunds?payment_intent=", FormEncode(call.provider_reference),
                   "&limit=", kMaxListedRefunds),
            "", ""};
  }
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

std::string ProviderCodeOf(const Currency& currency) {
  return absl::AsciiStrToLower(currency.value());
}

std::string IdempotencyKey(const ProviderCall& call) {
  std::string step(NameOf(call.call.step));
  if (call.part && call.part->id) StrAppend(&step, ":", call.part->id->ToString());
  return StrCat(call.order.ToString(), ":", step, ":", call.call.attempt);
}

absl::StatusOr<HttpRequest> RequestFor(const ProviderCall& call) {
  if (call.call.lookup) return LookUp(call);
  const std::string intent = StrCat("/v1/payment_intents/", FormEncode(call.provider_reference));
  switch (call.call.step) {
    case Step::kAuthorize:
      return Authorize(call);
    case Step::kCapture:
      return Post(call, intent + "/capture", "");
    case Step::kVoid:
      return Post(call, intent + "/cancel", "");
    case Step::kRefund:
    case Step::kRefundPart:
      return GiveBack(call);
  }
  std::abort();
}

}  // namespace waybill::payment_svc
