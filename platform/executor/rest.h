// Rest says how long a worker rests between two batches.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "absl/time/time.h"

namespace waybill {

// A worker rests twice as long as its last batch took, 50 ms at most, so that the next one gathers
// meanwhile: a batch has a fixed cost, which a busy machine can't afford for a few items. After a batch
// of up to three there is no rest: where there is little to do, nothing is delayed.
//
// By the monotonic clock. Not thread-safe.
class Rest {
 public:
  void BatchBegins() { begun_at_ = Clock::now(); }
  void BatchEnds(std::size_t items) {
    constexpr std::size_t kFew = 3;
    const Clock::time_point now = Clock::now();
    const Clock::duration twice = 2 * (now - begun_at_);
    until_ = items <= kFew ? now : now + std::min<Clock::duration>(twice, kLongest);
  }
  // How long the rest still lasts; not positive: it is over.
  absl::Duration left() const { return absl::FromChrono(until_ - Clock::now()); }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kLongest{50};

  Clock::time_point begun_at_;
  Clock::time_point until_;
};

}  // namespace waybill
