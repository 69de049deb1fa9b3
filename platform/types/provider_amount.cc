#include "platform/types/provider_amount.h"

#include <optional>
#include <string_view>

#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill {
namespace {

// The presentment currencies for cards.
constexpr std::string_view kTaken =
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD "
    "CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ "
    "GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR "
    "LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB "
    "PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS "
    "TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW";

// The amounts of one currency that the API accepts.
struct ProviderUnits {
  // The number of decimals of an amount.
  int digits = 2;
  // Every amount is a multiple of this.
  std::int64_t step = 1;
  std::int64_t max = 99'999'999;
};

std::optional<ProviderUnits> UnitsOf(const Currency& currency) {
  const std::string& code = currency.value();
  if (!HasCode(kTaken, code)) return std::nullopt;
  ProviderUnits units{.digits = MinorUnitDigits(currency)};
  if (units.digits == 3) units.step = 10;
  if (code == "MGA") units.digits = 0;
  // These currencies once had a minor unit, and the API still writes two decimals for it.
  if (code == "ISK" || code == "UGX") units = {.digits = 2, .step = 100};
  if (code == "IDR") units.max = 999'999'999'999;
  return units;
}

std::int64_t PowerOfTen(int exponent) { return exponent <= 0 ? 1 : 10 * PowerOfTen(exponent - 1); }

// Returns `amount` with `to` decimals instead of `from`; nullopt when that is not a whole number.
std::optional<std::int64_t> Rescale(std::int64_t amount, int from, int to) {
  const std::int64_t divisor = PowerOfTen(from - to);
  std::int64_t scaled = 0;
  if (amount % divisor != 0) return std::nullopt;
  if (__builtin_mul_overflow(amount / divisor, PowerOfTen(to - from), &scaled)) return std::nullopt;
  return scaled;
}

absl::Status NotTaken(const Currency& currency) {
  return absl::InvalidArgumentError(
      StrCat("is in ", currency.value(), ", which the payment provider doesn't accept"));
}

absl::Status TooFine(std::string_view amount) {
  return absl::InvalidArgumentError(
      StrCat("is ", amount, ", which is finer than the payment provider can charge"));
}

}  // namespace

absl::Status CheckProviderAmount(std::int64_t amount, const Currency& currency) {
  const std::optional<ProviderUnits> units = UnitsOf(currency);
  if (!units) return NotTaken(currency);
  if (amount < 1 || amount > units->max) {
    return absl::InvalidArgumentError(
        StrCat("is outside 1 to ", units->max, " ", currency.value(),
               ", the amounts that the payment provider can charge (in its units)"));
  }
  if (amount % units->step != 0) {
    return TooFine(StrCat(amount, " ", currency.value(), " (in the provider's units)"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::int64_t> ToProviderAmount(const Money& money) {
  const std::optional<ProviderUnits> units = UnitsOf(money.currency);
  if (!units) return NotTaken(money.currency);
  const std::optional<std::int64_t> amount =
      Rescale(money.minor_units, MinorUnitDigits(money.currency), units->digits);
  if (!amount || *amount % units->step != 0) return TooFine(ForPeople(money));
  RETURN_IF_ERROR(CheckProviderAmount(*amount, money.currency));
  return *amount;
}

absl::StatusOr<Money> FromProviderAmount(std::int64_t amount, const Currency& currency) {
  const std::optional<ProviderUnits> units = UnitsOf(currency);
  if (!units) return NotTaken(currency);
  const std::optional<std::int64_t> minor_units =
      Rescale(amount, units->digits, MinorUnitDigits(currency));
  if (!minor_units) {
    return absl::InvalidArgumentError(
        StrCat("is not a whole number of the minor units of ", currency.value()));
  }
  return Money{*minor_units, currency};
}

}  // namespace waybill
