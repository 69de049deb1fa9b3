#include "outbox_relay/parking/parked_row.h"

#include <array>

#include "absl/strings/escaping.h"
#include "outbox_relay/base/digest.h"
#include "platform/types/strings.h"
#include "platform/types/utf8.h"

namespace waybill::outbox_relay {
namespace {

constexpr std::array<const char*, 6> kReasons = {"TOO_LARGE", "UNKNOWN_TOPIC", "NOT_AUTHORISED",
                                                 "REFUSED",   "UNREADABLE",    "BEHIND"};
constexpr std::size_t kMaxNameBytes = 1 << 20;
constexpr std::size_t kKeptOfLongName = 1000;
constexpr std::size_t kMaxErrorBytes = 1000;

std::string Abbreviated(std::string_view name) {
  if (name.size() <= kMaxNameBytes) return std::string(name);
  return StrCat(name.substr(0, kKeptOfLongName), "... (", name.size(), " bytes, SHA-256 ",
                absl::BytesToHexString(Digest({name})), ")");
}

std::string Storable(std::string_view name) { return ToStorableText(Abbreviated(name)); }

}  // namespace

std::string ReasonName(ParkReason reason) { return kReasons[static_cast<std::size_t>(reason)]; }

ParkReason ReasonFromName(std::string_view name) {
  for (std::size_t i = 0; i < kReasons.size(); ++i) {
    if (name == kReasons[i]) return static_cast<ParkReason>(i);
  }
  return ParkReason::kRefused;
}

ParkedKey ParkedKey::Of(const Record& record) {
  return {Storable(record.topic), Abbreviated(record.key)};
}

void ParkedKey::Assign(const Record& record) {
  if (record.topic.size() > kMaxNameBytes || record.key.size() > kMaxNameBytes) {
    *this = Of(record);
    return;
  }
  // A topic that isn't storable as it is has no rows that could be behind others: none goes out.
  topic.assign(record.topic);
  key.assign(record.key);
}

std::string ParkedRow::StoredRowId(std::string_view row_id) { return Storable(row_id); }

ParkedRow ParkedRow::From(const Record& record, const RowName& name, ParkReason reason,
                          std::string_view error, std::size_t max_bytes) {
  ParkedRow row{
      .key = ParkedKey::Of(record),
      .row_id = StoredRowId(name.row_id),
      .identity = RowIdentity::Of(record, name),
      .reason = reason,
      .error = ToStorableText(error.substr(0, kMaxErrorBytes)),
      .payload_omitted = record.WireSize() > max_bytes || record.key.size() > kMaxNameBytes,
      .payload = std::nullopt,
      .headers = {}};
  if (row.payload_omitted) return row;
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
