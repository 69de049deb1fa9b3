// A PaymentIntent as the sandbox stores it, and its transitions: a small copy of Stripe's rules
// (docs.stripe.com/payments/paymentintents/lifecycle) for cards with manual capture. Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::payment_sandbox {

struct Intent {
  std::string id;
  std::int64_t amount = 0;
  std::int64_t amount_captured = 0;
  std::int64_t amount_refunded = 0;
  // Lower case, as Stripe writes it.
  std::string currency;
  // requires_payment_method (declined), requires_capture (held), succeeded (captured) or canceled.
  std::string status;
  std::string payment_method;
  std::map<std::string, std::string> metadata;
  std::int64_t created_s = 0;
};

// What happens when a test token is charged. If both are empty, the charge succeeds.
struct CardOutcome {
  std::string_view error_code;
  std::string_view decline_code;

  bool works() const { return error_code.empty(); }
};

// Returns the outcome for one of Stripe's test tokens (docs.stripe.com/testing); nullopt if the
// token doesn't exist.
std::optional<CardOutcome> OutcomeOf(std::string_view payment_method);

// Sets the status after confirmation: held or declined.
void Confirm(Intent& intent, const CardOutcome& outcome);
// Each returns false, and changes nothing, where the intent's status doesn't allow it.
bool Capture(Intent& intent);
bool Cancel(Intent& intent);
// Refunds so much of what was captured and not refunded yet.
bool Refund(Intent& intent, std::int64_t amount);

// What is captured and not refunded yet.
std::int64_t Refundable(const Intent& intent);

// A refund as the sandbox stores it.
struct Refunded {
  std::string id;
  std::string intent;
  std::int64_t amount = 0;
  std::string currency;
  std::map<std::string, std::string> metadata;
};

}  // namespace waybill::payment_sandbox
