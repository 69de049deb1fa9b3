// TimeBudget bounds how much of each second is spent on something that blocks.
#pragma once

#include <utility>

#include "absl/time/time.h"
#include "outbox_relay/base/steady_time.h"

namespace waybill::outbox_relay {

// What is begun while some is left may exceed it once. Not thread-safe.
class TimeBudget {
 public:
  explicit TimeBudget(absl::Duration per_second) : per_second_(per_second) {}

  bool IsLeft() {
    const SteadyTime now = SteadyNow();
    if (now >= second_end_) {
      second_end_ = now + absl::Seconds(1);
      spent_ = absl::ZeroDuration();
    }
    return spent_ < per_second_;
  }
  // Runs `work` at its expense.
  template <typename Work>
  auto Spend(Work&& work) {
    const SteadyTime began = SteadyNow();
    auto result = std::forward<Work>(work)();
    spent_ += SteadyNow() - began;
    return result;
  }

 private:
  const absl::Duration per_second_;
  SteadyTime second_end_ = SteadyTime::InfinitePast();
  absl::Duration spent_;
};

}  // namespace waybill::outbox_relay
