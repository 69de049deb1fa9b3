#include "outbox_relay/source/transaction_progress.h"

namespace waybill::outbox_relay {

void TransactionProgress::Observe(std::uint64_t next, std::uint64_t settled, bool row_held) {
  if (settled >= awaited_) {
    Reach(awaited_point_);
    awaited_ = next;
    awaited_point_ = {current_.lsn, current_.rows - (row_held ? 1 : 0)};
  }
  if (settled >= awaited_) Reach(awaited_point_);
}

void TransactionProgress::Reach(const PartialTransaction& point) {
  if (point.rows == 0 || (point.lsn == published_.lsn && point.rows <= published_.rows)) return;
  published_ = point;
}

}  // namespace waybill::outbox_relay
