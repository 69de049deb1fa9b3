// Converts amounts to and from the payment provider's units. Stripe's units are ISO 4217's minor
// units except for a few currencies; it can't charge some amounts, and doesn't accept some
// currencies: docs.stripe.com/currencies, "Supported presentment currencies", "Zero-decimal
// currencies", "Three-decimal currencies", "Special cases" and "Minimum and maximum charge
// amounts". The minimum is not checked, because it depends on the currency in which the account is
// settled. All functions are pure and thread-safe.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "platform/types/money.h"

namespace waybill {

// Returns OK when the provider can charge `amount`, which is in its own units: the amount is
// positive, within the provider's maximum, and a multiple of its smallest step. Errors:
// kInvalidArgument, whose message continues a sentence that begins with the field's name.
absl::Status CheckProviderAmount(std::int64_t amount, const Currency& currency);

// Returns `money` in the provider's units: 38000 UGX are 3800000, 50.00 MGA are 50. Errors: as
// above, and when the amount is finer than the provider's unit (0.50 MGA).
absl::StatusOr<std::int64_t> ToProviderAmount(const Money& money);

// Converts `amount` from the provider's units. Errors: kInvalidArgument when it is not a whole
// number of the currency's minor units, such as 50 for UGX.
absl::StatusOr<Money> FromProviderAmount(std::int64_t amount, const Currency& currency);

}  // namespace waybill
