// Money is an amount in one currency.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "platform/types/names.h"

namespace waybill {

struct CurrencyRule {
  static constexpr bool kFromLiteral = true;
  static absl::StatusOr<std::string> Parse(std::string_view text);
};

// A currency's code of three upper-case letters (ISO 4217).
using Currency = CheckedText<CurrencyRule>;

// An amount in minor units of a currency (cents, yen). Never a floating-point number.
struct Money {
  std::int64_t minor_units = 0;
  Currency currency;

  friend bool operator==(const Money&, const Money&) = default;
};

// No single amount is larger than this many minor units (the payment provider's own bound is
// lower), so that a sum over an order can't overflow.
inline constexpr std::int64_t kMaxMinorUnits = 99'999'999'999;

// `unit` times `quantity`; OutOfRange past kMaxMinorUnits.
absl::StatusOr<Money> Multiply(const Money& unit, std::int64_t quantity);
// InvalidArgument for two currencies, OutOfRange past kMaxMinorUnits.
absl::StatusOr<Money> Add(const Money& a, const Money& b);

// For people: "19.99 USD", "500 JPY". Knows the currencies that have no minor unit or three digits
// of it.
std::string ForPeople(const Money& money);

}  // namespace waybill
