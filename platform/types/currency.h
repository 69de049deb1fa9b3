// Currency is the code of a currency, by ISO 4217.
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

// An alphabetic code of ISO 4217's list one, as of 1 January 2026, that has a minor unit. Codes
// without one are refused, because nothing is priced in them: metals, bond market units, XDR, XSU
// and XUA, the test code XTS, and XXX for "no currency".
using Currency = CheckedText<CurrencyRule>;

// Returns the number of decimals of the currency's minor unit (ISO 4217, column "minor unit"), 0 to
// 4; 2 for a code that isn't in the list, which a row of an earlier build may hold.
int MinorUnitDigits(const Currency& currency);

// Whether `code` is one of `codes`: three-letter codes, separated by single spaces.
bool HasCode(std::string_view codes, std::string_view code);

}  // namespace waybill
