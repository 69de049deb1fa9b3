#include "outbox_relay/source/timestamp_text.h"

#include <algorithm>

#include "absl/time/civil_time.h"

namespace waybill::outbox_relay {
namespace {

constexpr std::int64_t kMicrosPerDay = 86'400'000'000;
constexpr char kShape[] = "0000-00-00T00:00:00.000000Z";
constexpr char kEarliest[] = "0001-01-01T00:00:00.000000Z";
constexpr char kLatest[] = "9999-12-31T23:59:59.999999Z";

void PutDigits(char* at, std::int64_t number, int digits) {
  for (int i = digits - 1; i >= 0; --i, number /= 10) at[i] = static_cast<char>('0' + number % 10);
}

}  // namespace

std::string_view TimestampText(std::int64_t micros, std::string* scratch) {
  constexpr std::int64_t kYear1 = -730'119 * kMicrosPerDay;
  constexpr std::int64_t kYear9999End = 2'921'940 * kMicrosPerDay - 1;
  micros = std::min(std::max(micros, kYear1), kYear9999End);
  std::int64_t days = micros / kMicrosPerDay;
  std::int64_t rest = micros % kMicrosPerDay;
  if (rest < 0) {
    rest += kMicrosPerDay;
    --days;
  }
  const absl::CivilDay day = absl::CivilDay(2000, 1, 1) + days;
  *scratch = kShape;
  char* out = scratch->data();
  PutDigits(out, day.year(), 4);
  PutDigits(out + 5, day.month(), 2);
  PutDigits(out + 8, day.day(), 2);
  PutDigits(out + 11, rest / 3'600'000'000, 2);
  PutDigits(out + 14, rest / 60'000'000 % 60, 2);
  PutDigits(out + 17, rest / 1'000'000 % 60, 2);
  PutDigits(out + 20, rest % 1'000'000, 6);
  return *scratch;
}

std::string_view TimestampText(std::string_view iso, std::string* scratch) {
  if (iso == "-infinity" || iso.ends_with(" BC")) return *scratch = kEarliest;
  const std::size_t year_end = iso.find('-');
  if (iso == "infinity" || (year_end != std::string_view::npos && year_end > 4)) {
    return *scratch = kLatest;
  }
  // "2024-01-02 03:04:05", then perhaps a fraction, then perhaps "+00".
  constexpr std::size_t kWithoutFraction = 19;
  if (year_end != 4 || iso.size() < kWithoutFraction || iso[10] != ' ') return iso;
  *scratch = kShape;
  iso.copy(scratch->data(), 10);
  iso.substr(11).copy(scratch->data() + 11, 8);
  const std::string_view rest = iso.substr(kWithoutFraction);
  if (rest.starts_with('.')) {
    rest.copy(scratch->data() + kWithoutFraction,
              std::min<std::size_t>(rest.find_first_of("+-"), 7));
  }
  return *scratch;
}

}  // namespace waybill::outbox_relay
