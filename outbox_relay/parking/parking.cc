#include "outbox_relay/parking/parking.h"

#include <algorithm>
#include <utility>

#include "outbox_relay/base/printable.h"
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
  ASSIGN_OR_RETURN(const std::vector<DiscardedRow> discarded, store_.LoadDiscarded());
  keys_.insert(keys.begin(), keys.end());
  for (const DiscardedRow& row : discarded) discarded_[row.row_id].push_back(row.identity);
  return absl::OkStatus();
}

bool Parking::HasKeyOf(const Record& record) {
  probe_.Assign(record);
  return keys_.contains(probe_);
}

bool Parking::IsDiscarded(const Record& record, const RowName& name) const {
  const auto found = discarded_.find(ParkedRow::StoredRowId(name.row_id));
  if (found == discarded_.end()) return false;
  const RowIdentity identity = RowIdentity::Of(record, name);
  return std::any_of(found->second.begin(), found->second.end(),
                     [&identity](const RowIdentity& other) { return other.Matches(identity); });
}

absl::Status Parking::Add(ParkedRow row, std::uint64_t number) {
  // Rows without a key are behind nothing.
  const bool first_of_key = keys_.insert(row.key).second || row.key.key.empty();
  if (first_of_key) {
    log::Warn("the row is parked, as later rows of its key will be",
              {{"source", store_.source()},
               {"topic", Excerpt(row.key.topic)},
               {"key", Excerpt(row.key.key)},
               {"row", Excerpt(row.row_id)},
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
