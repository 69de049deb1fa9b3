// Money is an amount in one currency.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "platform/types/currency.h"

namespace waybill {

// An amount in minor units of a currency (cents, yen). Never a floating-point number.
struct Money {
  std::int64_t minor_units = 0;
  Currency currency;

  friend bool operator==(const Money&, const Money&) = default;
};

// No single amount is larger than this many minor units, so that a sum over an order can't
// overflow. The payment provider's limit is lower for most currencies
// (platform/types/provider_amount.h).
inline constexpr std::int64_t kMaxMinorUnits = 99'999'999'999;

// `unit` times `quantity`; OutOfRange past kMaxMinorUnits.
absl::StatusOr<Money> Multiply(const Money& unit, std::int64_t quantity);
// InvalidArgument for two currencies, OutOfRange past kMaxMinorUnits.
absl::StatusOr<Money> Add(const Money& a, const Money& b);

// For people: "19.99 USD", "500 JPY", with the digits of the currency's minor unit.
std::string ForPeople(const Money& money);

}  // namespace waybill
