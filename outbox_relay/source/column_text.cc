#include "outbox_relay/source/column_text.h"

#include <charconv>

#include "absl/time/civil_time.h"
#include "outbox_relay/base/big_endian.h"
#include "outbox_relay/base/pg_connection.h"

namespace waybill::outbox_relay {
namespace {

constexpr std::int64_t kMicrosPerDay = 86'400'000'000;

std::string_view UuidText(std::string_view bytes, std::string* scratch) {
  static constexpr char kHex[] = "0123456789abcdef";
  scratch->resize(36);
  char* out = scratch->data();
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    const auto byte = static_cast<unsigned char>(bytes[i]);
    *out++ = kHex[byte >> 4];
    *out++ = kHex[byte & 15];
  }
  return *scratch;
}

template <typename Number>
std::string_view NumberText(Number number, std::string* scratch) {
  scratch->resize(24);
  const auto end = std::to_chars(scratch->data(), scratch->data() + scratch->size(), number);
  scratch->resize(static_cast<std::size_t>(end.ptr - scratch->data()));
  return *scratch;
}

void PutDigits(char* at, std::int64_t number, int digits) {
  for (int i = digits - 1; i >= 0; --i, number /= 10) at[i] = static_cast<char>('0' + number % 10);
}

// Microseconds since 2000-01-01 UTC, as PostgreSQL counts. Infinity and years past 9999 have no RFC
// 3339 form and are written as the nearest that has one.
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
  *scratch = "0000-00-00T00:00:00.000000Z";
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

std::string_view BinaryText(std::string_view data, std::uint32_t type, std::string* scratch) {
  switch (type) {
    case kUuid:
      return data.size() == 16 ? UuidText(data, scratch) : data;
    case kInt8:
      return data.size() == 8
                 ? NumberText(static_cast<std::int64_t>(ReadBig64(data.data())), scratch)
                 : data;
    case kXid8:
      return data.size() == 8 ? NumberText(ReadBig64(data.data()), scratch) : data;
    case kInt4:
      return data.size() == 4
                 ? NumberText(static_cast<std::int32_t>(ReadBig32(data.data())), scratch)
                 : data;
    case kInt2:
      return data.size() == 2
                 ? NumberText(static_cast<std::int16_t>(ReadBig16(data.data())), scratch)
                 : data;
    case kTimestamp:
    case kTimestampTz:
      return data.size() == 8
                 ? TimestampText(static_cast<std::int64_t>(ReadBig64(data.data())), scratch)
                 : data;
    case kBool:
      return data == std::string_view("\x01", 1) ? "true" : "false";
    case kJsonb:
      return data.empty() ? data : data.substr(1);
    default:
      return data;
  }
}

}  // namespace

std::string_view ColumnText(const ColumnValue& value, std::uint32_t type, std::string* scratch) {
  switch (value.form) {
    case ColumnValue::Form::kBinary:
      return BinaryText(value.data, type, scratch);
    case ColumnValue::Form::kText:
      return value.data;
    case ColumnValue::Form::kNull:
      break;
  }
  return {};
}

std::string_view ColumnBytes(const ColumnValue& value, std::uint32_t type, std::string* scratch) {
  if (value.form == ColumnValue::Form::kText && type == kBytea) {
    *scratch = ParseBytea(value.data);
    return *scratch;
  }
  return ColumnText(value, type, scratch);
}

}  // namespace waybill::outbox_relay
