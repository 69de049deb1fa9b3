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

namespace waybill::outbox_relay {

// Why a row is parked; the table's column `reason` has these names.
enum class ParkReason { kTooLarge, kUnknownTopic, kNotAuthorised, kRefused, kUnreadable, kBehind };
std::string ReasonName(ParkReason reason);
// kRefused for a name that is none of them.
ParkReason ReasonFromName(std::string_view name);

struct ParkedKey {
  std::string topic;
  std::string key;

  friend auto operator<=>(const ParkedKey&, const ParkedKey&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const ParkedKey& k) {
    return H::combine(std::move(h), k.topic, k.key);
  }
};

// A record that owns its bytes.
struct ParkedRow {
  ParkedKey key;
  // "" where the outbox has no such column.
  std::string row_id;
  ParkReason reason = ParkReason::kBehind;
  std::string error;
  std::optional<std::string> payload;
  std::vector<std::pair<std::string, std::string>> headers;
  // Its number in the table, once it is stored.
  std::int64_t id = 0;

  static ParkedRow From(const Record& record, std::string row_id, ParkReason reason,
                        std::string error);
  // Refers to this row.
  Record ToRecord() const;
  std::size_t Bytes() const;
};

}  // namespace waybill::outbox_relay
