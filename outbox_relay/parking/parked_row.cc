#include "outbox_relay/parking/parked_row.h"

#include <array>

namespace waybill::outbox_relay {
namespace {

constexpr std::array<const char*, 6> kReasons = {"TOO_LARGE", "UNKNOWN_TOPIC", "NOT_AUTHORISED",
                                                 "REFUSED",   "UNREADABLE",    "BEHIND"};

}  // namespace

std::string ReasonName(ParkReason reason) { return kReasons[static_cast<std::size_t>(reason)]; }

ParkReason ReasonFromName(std::string_view name) {
  for (std::size_t i = 0; i < kReasons.size(); ++i) {
    if (name == kReasons[i]) return static_cast<ParkReason>(i);
  }
  return ParkReason::kRefused;
}

ParkedRow ParkedRow::From(const Record& record, std::string row_id, ParkReason reason,
                          std::string error) {
  ParkedRow row{.key = {std::string(record.topic), std::string(record.key)},
                .row_id = std::move(row_id),
                .reason = reason,
                .error = std::move(error),
                .payload = std::nullopt,
                .headers = {}};
  if (record.has_value) row.payload = std::string(record.value);
  for (const Header& header : record.headers) {
    row.headers.emplace_back(std::string(header.name), std::string(header.value));
  }
  return row;
}

Record ParkedRow::ToRecord() const {
  Record record{.topic = key.topic,
                .key = key.key,
                .value = {},
                .has_value = payload.has_value(),
                .headers = {}};
  if (payload) record.value = *payload;
  for (const auto& [name, value] : headers) record.headers.push_back({name, value});
  return record;
}

std::size_t ParkedRow::Bytes() const { return 2 * ToRecord().WireSize() + row_id.size() + 256; }

}  // namespace waybill::outbox_relay
