// Rest computes how long a worker pauses between two batches.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "absl/time/time.h"

namespace waybill {

// A worker pauses for twice as long as its last batch took, at most 50 ms, so that more items
// gather for the next batch: each batch has a fixed cost, which a busy machine can't afford for a
// few items. After a batch of up to three items there is no pause, so that nothing is delayed under
// low load.
//
// Uses the monotonic clock. Not thread-safe; never blocks.
class Rest {
 public:
  void BatchBegins() { begun_at_ = Clock::now(); }
  void BatchEnds(std::size_t items) {
    constexpr std::size_t kFew = 3;
    const Clock::time_point now = Clock::now();
    const Clock::duration twice = 2 * (now - begun_at_);
    until_ = items <= kFew ? now : now + std::min<Clock::duration>(twice, kLongest);
  }
  // The remaining time of the pause; zero or negative once it is over.
  absl::Duration left() const { return absl::FromChrono(until_ - Clock::now()); }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kLongest{50};

  Clock::time_point begun_at_;
  Clock::time_point until_;
};

}  // namespace waybill
