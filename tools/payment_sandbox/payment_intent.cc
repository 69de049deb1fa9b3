#include "tools/payment_sandbox/payment_intent.h"

#include <array>

namespace waybill::payment_sandbox {
namespace {

struct Token {
  std::string_view name;
  CardOutcome outcome;
};

constexpr std::array<Token, 15> kTokens{{
    {"pm_card_visa", {}},
    {"pm_card_visa_debit", {}},
    {"pm_card_mastercard", {}},
    {"pm_card_amex", {}},
    {"pm_card_discover", {}},
    {"pm_card_visa_chargeDeclined", {"card_declined", "generic_decline"}},
    {"pm_card_visa_chargeDeclinedInsufficientFunds", {"card_declined", "insufficient_funds"}},
    {"pm_card_visa_chargeDeclinedLostCard", {"card_declined", "lost_card"}},
    {"pm_card_visa_chargeDeclinedStolenCard", {"card_declined", "stolen_card"}},
    {"pm_card_visa_chargeDeclinedVelocityLimitExceeded",
     {"card_declined", "card_velocity_exceeded"}},
    {"pm_card_chargeDeclinedFraudulent", {"card_declined", "fraudulent"}},
    {"pm_card_chargeDeclinedExpiredCard", {"expired_card", ""}},
    {"pm_card_chargeDeclinedIncorrectCvc", {"incorrect_cvc", ""}},
    {"pm_card_chargeDeclinedProcessingError", {"processing_error", ""}},
    {"pm_card_authenticationRequired", {"authentication_required", "authentication_required"}},
}};

}  // namespace

std::optional<CardOutcome> OutcomeOf(std::string_view payment_method) {
  for (const Token& token : kTokens) {
    if (token.name == payment_method) return token.outcome;
  }
  return std::nullopt;
}

void Confirm(Intent& intent, const CardOutcome& outcome) {
  intent.status = outcome.works() ? "requires_capture" : "requires_payment_method";
}

bool Capture(Intent& intent) {
  if (intent.status != "requires_capture") return false;
  intent.status = "succeeded";
  intent.amount_captured = intent.amount;
  return true;
}

bool Cancel(Intent& intent) {
  if (intent.status != "requires_capture" && intent.status != "requires_payment_method") {
    return false;
  }
  intent.status = "canceled";
  return true;
}

bool Refund(Intent& intent, std::int64_t amount) {
  if (amount <= 0 || amount > Refundable(intent)) return false;
  intent.amount_refunded += amount;
  return true;
}

std::int64_t Refundable(const Intent& intent) {
  return intent.amount_captured - intent.amount_refunded;
}

}  // namespace waybill::payment_sandbox
