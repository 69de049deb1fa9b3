// A ParkedRow is a row that can't be published, or that comes behind such a row of its key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "outbox_relay/base/record.h"
#include "outbox_relay/parking/row_identity.h"

namespace waybill::outbox_relay {

// Why a row is parked; the table's column `reason` has these names.
enum class ParkReason { kTooLarge, kUnknownTopic, kNotAuthorised, kRefused, kUnreadable, kBehind };
std::string ReasonName(ParkReason reason);
// kRefused for a name that is none of them.
ParkReason ReasonFromName(std::string_view name);

// As the parking's tables store them.
struct ParkedKey {
  std::string topic;
  std::string key;

  // Bytes that PostgreSQL can't store in a topic become U+FFFD: Kafka has no such topic. What is
  // longer than 1 MiB becomes its beginning and its digest.
  static ParkedKey Of(const Record& record);
  // Makes this the record's key, as Of does, without a new allocation for the usual ones.
  void Assign(const Record& record);

  friend auto operator<=>(const ParkedKey&, const ParkedKey&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const ParkedKey& k) {
    return H::combine(std::move(h), k.topic, k.key);
  }
};

// A record that owns its bytes.
struct ParkedRow {
  ParkedKey key;
  // "" where the outbox has no such column. Bytes that PostgreSQL can't store are U+FFFD.
  std::string row_id;
  RowIdentity identity;
  ParkReason reason = ParkReason::kBehind;
  // At most 1,000 bytes.
  std::string error;
  // The row is too large to be copied: it has neither payload nor headers here, the outbox has
  // them.
  bool payload_omitted = false;
  std::optional<std::string> payload;
  std::vector<std::pair<std::string, std::string>> headers;
  // Its number in the table, once it is stored.
  std::int64_t id = 0;

  // How a row's name is stored.
  static std::string StoredRowId(std::string_view row_id);
  // A record of more than `max_bytes` is parked without its payload and headers.
  static ParkedRow From(const Record& record, const RowName& name, ParkReason reason,
                        std::string_view error, std::size_t max_bytes);
  // Refers to this row. Not for one whose payload is omitted.
  Record ToRecord() const;
  // The memory that it takes until it is stored, or a bit less.
  std::size_t Bytes() const;
};

}  // namespace waybill::outbox_relay
