#include "platform/types/uuid.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "platform/types/random.h"
#include "platform/types/sha256.h"

namespace waybill {
namespace {

constexpr char kHex[] = "0123456789abcdef";

// What a character is worth; -1 where it is no digit.
constexpr std::array<std::int8_t, 256> kHexValues = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (int i = 0; i < 10; ++i) values['0' + i] = static_cast<std::int8_t>(i);
  for (int i = 0; i < 6; ++i) {
    values['a' + i] = values['A' + i] = static_cast<std::int8_t>(10 + i);
  }
  return values;
}();

// Where the digits of each byte stand in the text.
constexpr std::array<std::uint8_t, 16> kPlaces = {0,  2,  4,  6,  9,  11, 14, 16,
                                                  19, 21, 24, 26, 28, 30, 32, 34};

bool IsDashAt(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

void SetMillis(Uuid::Bytes& bytes, absl::Time at) {
  const std::uint64_t ms = static_cast<std::uint64_t>(absl::ToUnixMillis(at));
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
}

void SetVersion(Uuid::Bytes& bytes, std::uint8_t version) {
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | (version << 4));
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
}

}  // namespace

Uuid Uuid::NewV7() {
  Bytes bytes;
  FillWithRandom(bytes);
  SetMillis(bytes, absl::Now());
  SetVersion(bytes, 7);
  return Uuid(bytes);
}

Uuid Uuid::LowestV7(absl::Time at) {
  Bytes bytes{};
  SetMillis(bytes, at);
  SetVersion(bytes, 7);
  return Uuid(bytes);
}

Uuid Uuid::FromName(std::string_view name) {
  const std::string digest = Sha256(name);
  Bytes bytes;
  std::memcpy(bytes.data(), digest.data(), bytes.size());
  SetVersion(bytes, 8);
  return Uuid(bytes);
}

absl::StatusOr<Uuid> Uuid::Parse(std::string_view text) {
  Bytes bytes{};
  bool well_formed =
      text.size() == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-';
  for (std::size_t i = 0; well_formed && i < bytes.size(); ++i) {
    const std::int8_t high = kHexValues[static_cast<unsigned char>(text[kPlaces[i]])];
    const std::int8_t low = kHexValues[static_cast<unsigned char>(text[kPlaces[i] + 1])];
    well_formed = high >= 0 && low >= 0;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  if (!well_formed) return absl::InvalidArgumentError("not a UUID of the form 8-4-4-4-12");
  return Uuid(bytes);
}

std::string Uuid::ToString() const {
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    if (IsDashAt(text.size())) text.push_back('-');
    text.push_back(kHex[bytes_[i] >> 4]);
    text.push_back(kHex[bytes_[i] & 0x0f]);
  }
  return text;
}

}  // namespace waybill
