// Uuid is a UUID (RFC 9562), and UuidId an id type made of one.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace waybill {

// A 128-bit UUID. A plain value: copy it, compare it, hash it. Compares as its bytes do, so that
// version 7 UUIDs sort by time.
class Uuid {
 public:
  using Bytes = std::array<std::uint8_t, 16>;

  constexpr Uuid() = default;
  explicit constexpr Uuid(const Bytes& bytes) : bytes_(bytes) {}

  // A new version 7 UUID: 48 bits of milliseconds, then 74 random bits from the operating system's
  // generator. Thread-safe.
  static Uuid NewV7();
  // The smallest version 7 UUID of that millisecond: a bound for range scans.
  static Uuid LowestV7(absl::Time at);
  // A version 8 UUID made of the SHA-256 of `name`: the same name gives the same UUID for ever.
  static Uuid FromName(std::string_view name);
  // Takes the 36-character form in either case; anything else is InvalidArgument.
  static absl::StatusOr<Uuid> Parse(std::string_view text);

  // The lower-case 36-character form.
  std::string ToString() const;
  const Bytes& bytes() const { return bytes_; }
  bool IsNil() const { return *this == Uuid(); }

  friend auto operator<=>(const Uuid&, const Uuid&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const Uuid& u) {
    return H::combine(std::move(h), u.bytes_);
  }

 private:
  Bytes bytes_{};
};

// A UUID that names one kind of thing. `Tag` keeps an OrderId from being passed for an EventId.
template <typename Tag>
class UuidId {
 public:
  constexpr UuidId() = default;
  explicit constexpr UuidId(Uuid uuid) : uuid_(uuid) {}

  static UuidId New() { return UuidId(Uuid::NewV7()); }
  static absl::StatusOr<UuidId> Parse(std::string_view text) {
    absl::StatusOr<Uuid> uuid = Uuid::Parse(text);
    if (!uuid.ok()) return uuid.status();
    return UuidId(*uuid);
  }

  std::string ToString() const { return uuid_.ToString(); }
  const Uuid& uuid() const { return uuid_; }

  friend auto operator<=>(const UuidId&, const UuidId&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const UuidId& id) {
    return H::combine(std::move(h), id.uuid_);
  }

 private:
  Uuid uuid_;
};

}  // namespace waybill
