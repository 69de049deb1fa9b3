#include "platform/types/uuid.h"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace waybill {
namespace {

constexpr char kHex[] = "0123456789abcdef";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

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
  // RAND_bytes fails only when the operating system has no entropy at all; ids must not repeat
  // then.
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) std::abort();
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
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(name.data()), name.size(), digest);
  Bytes bytes;
  std::memcpy(bytes.data(), digest, bytes.size());
  SetVersion(bytes, 8);
  return Uuid(bytes);
}

absl::StatusOr<Uuid> Uuid::Parse(std::string_view text) {
  Bytes bytes{};
  bool well_formed = text.size() == 36;
  std::size_t nibble = 0;
  for (std::size_t i = 0; well_formed && i < text.size(); ++i) {
    if (IsDashAt(i)) {
      well_formed = text[i] == '-';
      continue;
    }
    const int value = HexValue(text[i]);
    well_formed = value >= 0;
    if (!well_formed) break;
    bytes[nibble / 2] = static_cast<std::uint8_t>((bytes[nibble / 2] << 4) | value);
    ++nibble;
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
