#include "platform/types/operator_time.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "platform/types/strings.h"

namespace waybill {
namespace {

absl::Duration Unit(char unit) {
  switch (unit) {
    case 's':
      return absl::Seconds(1);
    case 'm':
      return absl::Minutes(1);
    case 'h':
      return absl::Hours(1);
    case 'd':
      return absl::Hours(24);
    default:
      return absl::ZeroDuration();
  }
}

bool IsDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
}

bool HasFourDigitYear(absl::Time time) {
  const auto year = time.In(absl::UTCTimeZone()).year;
  return year >= 1 && year <= 9999;
}

}  // namespace

absl::StatusOr<absl::Time> ParseOperatorTime(std::string_view text, absl::Time now) {
  absl::Time time;
  std::uint32_t count = 0;
  if (!text.empty() && Unit(text.back()) != absl::ZeroDuration() &&
      IsDigits(text.substr(0, text.size() - 1)) &&
      absl::SimpleAtoi(ToAbsl(text.substr(0, text.size() - 1)), &count)) {
    time = now - count * Unit(text.back());
    if (HasFourDigitYear(time)) return time;
  } else if (absl::ParseTime(absl::RFC3339_full, ToAbsl(text), &time, nullptr) &&
             HasFourDigitYear(time)) {
    return time;
  }
  return absl::InvalidArgumentError(
      StrCat("\"", text,
             "\" is no time: give one as 2026-01-31T12:00:00Z, or how long ago it was,"
             " as 90s, 30m, 2h or 7d"));
}

}  // namespace waybill
