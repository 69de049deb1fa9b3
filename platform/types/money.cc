#include "platform/types/money.h"

#include <cstddef>

#include "absl/strings/str_format.h"
#include "platform/types/strings.h"

namespace waybill {
absl::StatusOr<Money> Multiply(const Money& unit, std::int64_t quantity) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(unit.minor_units, quantity, &product) || product > kMaxMinorUnits) {
    return absl::OutOfRangeError(StrCat("amount over ", kMaxMinorUnits, " minor units"));
  }
  return Money{product, unit.currency};
}

absl::StatusOr<Money> Add(const Money& a, const Money& b) {
  if (a.currency != b.currency) {
    return absl::InvalidArgumentError(StrCat("can't add ", b.currency.value(), " to ",
                                             a.currency.value(), ": one order, one currency"));
  }
  if (a.minor_units + b.minor_units > kMaxMinorUnits) {
    return absl::OutOfRangeError(StrCat("amount over ", kMaxMinorUnits, " minor units"));
  }
  return Money{a.minor_units + b.minor_units, a.currency};
}

std::string ForPeople(const Money& money) {
  const auto digits = static_cast<std::size_t>(MinorUnitDigits(money.currency));
  std::string number = absl::StrFormat("%0*d", static_cast<int>(digits) + 1, money.minor_units);
  if (digits > 0) number.insert(number.size() - digits, ".");
  return StrCat(number, " ", money.currency.value());
}

}  // namespace waybill
