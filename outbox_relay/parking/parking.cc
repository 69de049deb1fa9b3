#include "outbox_relay/parking/parking.h"

#include <utility>

#include "platform/log/log.h"
#include "platform/types/status_macros.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kStoreWithin = absl::Milliseconds(100);
constexpr std::size_t kBatchRows = 200;
constexpr std::size_t kBatchBytes = 1 << 20;

}  // namespace

absl::Status Parking::Load() {
  ASSIGN_OR_RETURN(const std::vector<ParkedKey> keys, store_.LoadKeys());
  ASSIGN_OR_RETURN(const std::vector<std::string> discarded, store_.LoadDiscarded());
  keys_.insert(keys.begin(), keys.end());
  discarded_.insert(discarded.begin(), discarded.end());
  return absl::OkStatus();
}

bool Parking::HasKeyOf(const Record& record) {
  probe_.topic.assign(record.topic);
  probe_.key.assign(record.key);
  return keys_.contains(probe_);
}

absl::Status Parking::Add(ParkedRow row, std::uint64_t number) {
  // Rows without a key are behind nothing.
  const bool first_of_key = keys_.insert(row.key).second || row.key.key.empty();
  if (first_of_key) {
    log::Warn("the row is parked, as later rows of its key will be",
              {{"source", store_.source()},
               {"topic", row.key.topic},
               {"key", row.key.key},
               {"row", row.row_id},
               {"reason", ReasonName(row.reason)},
               {"error", row.error}});
  }
  if (rows_.empty()) store_by_ = SteadyNow() + kStoreWithin;
  bytes_ += row.Bytes();
  numbers_.push_back(number);
  rows_.push_back(std::move(row));
  return rows_.size() >= kBatchRows || bytes_ >= kBatchBytes ? Store() : absl::OkStatus();
}

absl::Status Parking::Store() {
  if (rows_.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(store_.Park(rows_));
  for (const std::uint64_t number : numbers_) stored_(number);
  rows_.clear();
  numbers_.clear();
  bytes_ = 0;
  return absl::OkStatus();
}

}  // namespace waybill::outbox_relay
