#include "platform/types/money.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/str_format.h"
#include "platform/types/strings.h"

namespace waybill {
namespace {

// ISO 4217, column "minor unit".
constexpr std::array<std::string_view, 16> kNoDigits = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                        "KMF", "KRW", "PYG", "RWF", "UGX", "VND",
                                                        "VUV", "XAF", "XOF", "XPF"};
constexpr std::array<std::string_view, 7> kThreeDigits = {"BHD", "IQD", "JOD", "KWD",
                                                          "LYD", "OMR", "TND"};

int Digits(std::string_view currency) {
  if (std::ranges::find(kNoDigits, currency) != kNoDigits.end()) return 0;
  if (std::ranges::find(kThreeDigits, currency) != kThreeDigits.end()) return 3;
  return 2;
}

}  // namespace

absl::StatusOr<std::string> CurrencyRule::Parse(std::string_view text) {
  if (text.size() != 3 || !std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return absl::InvalidArgumentError(
        "is not a currency code of three upper-case letters (ISO 4217)");
  }
  return std::string(text);
}

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
  const std::string& currency = money.currency.value();
  switch (Digits(currency)) {
    case 0:
      return StrCat(money.minor_units, " ", currency);
    case 3:
      return absl::StrFormat("%d.%03d %s", money.minor_units / 1000, money.minor_units % 1000,
                             currency);
    default:
      return absl::StrFormat("%d.%02d %s", money.minor_units / 100, money.minor_units % 100,
                             currency);
  }
}

}  // namespace waybill
