#include "outbox_relay/source/row_feed.h"

#include "platform/types/status_macros.h"

namespace waybill::outbox_relay {

absl::StatusOr<bool> RowFeed::Offer(const std::vector<ColumnValue>& columns) {
  unreadable_ = mapper_.Map(columns, &record_);
  return Retry(columns);
}

absl::StatusOr<bool> RowFeed::Retry(const std::vector<ColumnValue>& columns) {
  ASSIGN_OR_RETURN(const Publisher::Offered offered,
                   publisher_.Offer(
                       record_, [this, &columns] { return mapper_.Name(columns); }, unreadable_));
  held_ = offered == Publisher::Offered::kFull;
  return !held_;
}

}  // namespace waybill::outbox_relay
