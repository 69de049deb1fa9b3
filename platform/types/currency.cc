#include "platform/types/currency.h"

#include <array>
#include <cstddef>
#include <optional>

namespace waybill {
namespace {

// The list of www.six-group.com/en/products-services/financial-information/data-standards.html, by
// the digits of the minor unit.
struct CodesWithDigits {
  int digits;
  std::string_view codes;
};

constexpr std::array<CodesWithDigits, 4> kList = {{
    {0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"},
    {2,
     "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD "
     "BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP "
     "DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF "
     "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL "
     "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR "
     "NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP "
     "SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD "
     "USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG"},
    {3, "BHD IQD JOD KWD LYD OMR TND"},
    {4, "CLF UYW"},
}};

constexpr std::size_t kCodeSize = 3;

// nullopt for a code that isn't in the list.
std::optional<int> DigitsOf(std::string_view code) {
  for (const auto& [digits, codes] : kList) {
    if (HasCode(codes, code)) return digits;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::string> CurrencyRule::Parse(std::string_view text) {
  if (!DigitsOf(text)) {
    return absl::InvalidArgumentError(
        "is not a currency code of three upper-case letters (ISO 4217)");
  }
  return std::string(text);
}

bool HasCode(std::string_view codes, std::string_view code) {
  return code.size() == kCodeSize && code.find(' ') == std::string_view::npos &&
         codes.find(code) != std::string_view::npos;
}

int MinorUnitDigits(const Currency& currency) { return DigitsOf(currency.value()).value_or(2); }

}  // namespace waybill
