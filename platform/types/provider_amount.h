// An amount as the payment provider's API writes it. Stripe's units are ISO 4217's minor units but
// for a few currencies, some amounts it can't charge, and some currencies it doesn't take:
// docs.stripe.com/currencies, "Supported presentment currencies", "Zero-decimal currencies",
// "Three-decimal currencies", "Special cases" and "Minimum and maximum charge amounts". Not checked
// is the least amount, which depends on the currency that the account is settled in.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "platform/types/money.h"

namespace waybill {

// OK when the provider takes `amount`, in its own units, of that currency: a positive amount within
// its limit and in its steps. Errors: kInvalidArgument, to be put behind the name of a field.
absl::Status CheckProviderAmount(std::int64_t amount, const Currency& currency);

// `money` in the provider's units: 38000 UGX are 3800000, 50.00 MGA are 50. Errors: as above, also
// when the provider's unit is too coarse (0.50 MGA).
absl::StatusOr<std::int64_t> ToProviderAmount(const Money& money);

// The way back. Errors: kInvalidArgument when `amount` is no whole number of the currency's minor
// units, as 50 of the provider's for UGX.
absl::StatusOr<Money> FromProviderAmount(std::int64_t amount, const Currency& currency);

}  // namespace waybill
