// Currency is a currency's code, and ISO 4217 says which there are and how many digits each has.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "platform/types/names.h"

namespace waybill {

struct CurrencyRule {
  static constexpr bool kFromLiteral = true;
  static absl::StatusOr<std::string> Parse(std::string_view text);
};

// An alphabetic code of ISO 4217's list one, as of 1 January 2026, that has a minor unit. The codes
// without one are no currencies to price in: metals, bond market units, XDR, XSU and XUA, the test
// code XTS and XXX for "no currency".
using Currency = CheckedText<CurrencyRule>;

// How many decimal digits the currency's minor unit makes (ISO 4217, column "minor unit"): 0 to 4.
// 2 for a code that isn't in the list, as a row of an earlier build may hold.
int MinorUnitDigits(const Currency& currency);

// Whether `code` is one of `codes`: codes of three letters with a space between them.
bool HasCode(std::string_view codes, std::string_view code);

}  // namespace waybill
