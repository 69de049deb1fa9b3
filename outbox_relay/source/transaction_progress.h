// TransactionProgress knows how much of the transaction that is being streamed is published, so that
// a session that ends in its middle leaves the rest to the next one, and no more.
#pragma once

#include <cstdint>

#include "outbox_relay/checkpoint/checkpoint.h"

namespace waybill::outbox_relay {

// A transaction is decoded into the same rows each time, so their number says which they are. Not
// thread-safe.
class TransactionProgress {
 public:
  // `published` is what earlier sessions have published of a transaction.
  explicit TransactionProgress(PartialTransaction published) : published_(published) {}

  // A transaction begins whose commit record is at `lsn`; it has no rows of ours yet.
  void Begin(Lsn lsn) {
    current_ = {lsn, 0};
    to_skip_ = lsn == published_.lsn ? published_.rows : 0;
  }
  // Whether the current transaction's next row is published already.
  bool IsNextPublished() const { return current_.rows < to_skip_; }
  // The next row is taken, held or skipped.
  void CountRow() { ++current_.rows; }

  // To be called once per turn: the publisher has numbered the rows so far below `next`, but for the
  // one that is held, and everything below `settled` is published or parked.
  void Observe(std::uint64_t next, std::uint64_t settled, bool row_held);
  const PartialTransaction& published() const { return published_; }

 private:
  void Reach(const PartialTransaction& point);

  PartialTransaction published_;
  PartialTransaction current_;
  std::int64_t to_skip_ = 0;
  // A point that is published once everything below this number is settled.
  std::uint64_t awaited_ = 0;
  PartialTransaction awaited_point_;
};

}  // namespace waybill::outbox_relay
