// Pace keeps work at a rate.
#pragma once

#include <algorithm>
#include <cstdint>

#include "absl/time/time.h"
#include "outbox_relay/base/steady_time.h"

namespace waybill::outbox_relay {

// Not thread-safe. What wasn't used in the last second is lost: no burst is longer than that.
class Pace {
 public:
  explicit Pace(std::int64_t per_second) : each_(absl::Seconds(1) / per_second) {}

  // Takes one; returns how long to wait first. Waits below 20 ms are left to the next ones.
  absl::Duration Take() {
    const SteadyTime now = SteadyNow();
    next_ = std::max(next_, now + -absl::Seconds(1)) + each_;
    return next_ - now < absl::Milliseconds(20) ? absl::ZeroDuration() : next_ - now;
  }

 private:
  const absl::Duration each_;
  SteadyTime next_ = SteadyNow();
};

}  // namespace waybill::outbox_relay
