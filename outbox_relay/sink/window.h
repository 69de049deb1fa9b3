// Window tracks which records Kafka hasn't acknowledged yet, and so how far the log may be
// confirmed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "outbox_relay/base/lsn.h"

namespace waybill::outbox_relay {

// Records are numbered as they are added and may be done in any order; a transaction is confirmed
// once every record of it and of all before it is done. Memory is bounded by the limits, whatever a
// transaction's size. Not thread-safe.
class Window {
 public:
  Window(std::size_t max_records, std::size_t max_bytes);

  // A record larger than all of the limit has room when it is alone.
  bool HasRoom(std::size_t bytes) const;
  // The number that the next record gets.
  std::uint64_t next() const { return next_; }
  // The number of a new record. HasRoom must have said yes.
  std::uint64_t Add(std::size_t bytes);
  // Numbers that aren't open are ignored.
  void Done(std::uint64_t number);
  // All records so far belong to transactions that end at or before `end`; the last one was
  // committed at `committed`.
  void EndTransaction(Lsn end, absl::Time committed = absl::InfinitePast());

  // The end of the last transaction of which everything is done; never falls.
  Lsn confirmed() const { return confirmed_; }
  // Every number below it is done.
  std::uint64_t first_open() const { return first_open_; }
  bool empty() const { return first_open_ == next_; }
  std::size_t records() const { return static_cast<std::size_t>(next_ - first_open_); }
  std::size_t bytes() const { return bytes_; }
  // When the oldest transaction was committed that has ended and isn't done; none: InfiniteFuture.
  absl::Time oldest() const {
    return boundaries_.empty() ? absl::InfiniteFuture() : boundaries_.front().committed;
  }
  // When the transactions were committed of which everything has been done since the last call.
  std::vector<absl::Time> TakeCompleted() { return std::exchange(completed_, {}); }

 private:
  struct Boundary {
    std::uint64_t next;
    Lsn end;
    absl::Time committed;
  };

  std::size_t Slot(std::uint64_t number) const { return number % sizes_.size(); }
  void Advance();

  const std::size_t max_bytes_;
  // By number modulo the limit: the record's bytes while it is open, 0 once it is done.
  std::vector<std::uint32_t> sizes_;
  std::uint64_t first_open_ = 1;
  std::uint64_t next_ = 1;
  // next_ at the end of the last transaction.
  std::uint64_t ended_ = 1;
  std::size_t bytes_ = 0;
  std::deque<Boundary> boundaries_;
  std::vector<absl::Time> completed_;
  Lsn confirmed_ = 0;
};

}  // namespace waybill::outbox_relay
