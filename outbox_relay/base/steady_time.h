// SteadyTime is a moment on the clock that nobody can set: the relay's deadlines and periods are on
// it. absl::Time, the wall clock, is for what is shown or compared with a server's clock.
#pragma once

#include <chrono>
#include <compare>

#include "absl/time/time.h"

namespace waybill::outbox_relay {

// Compares with its own kind alone, so that the compiler refuses to mix the two clocks. Means
// something in this process only.
class SteadyTime {
 public:
  // Before every other moment.
  constexpr SteadyTime() = default;

  static constexpr SteadyTime InfinitePast() { return SteadyTime(); }
  static constexpr SteadyTime InfiniteFuture() { return SteadyTime(absl::InfiniteDuration()); }
  friend SteadyTime SteadyNow();

  friend SteadyTime operator+(SteadyTime time, absl::Duration duration) {
    return SteadyTime(time.since_start_ + duration);
  }
  friend absl::Duration operator-(SteadyTime end, SteadyTime begin) {
    return end.since_start_ - begin.since_start_;
  }
  friend constexpr bool operator==(SteadyTime a, SteadyTime b) {
    return a.since_start_ == b.since_start_;
  }
  friend constexpr std::weak_ordering operator<=>(SteadyTime a, SteadyTime b) {
    if (a.since_start_ < b.since_start_) return std::weak_ordering::less;
    return a == b ? std::weak_ordering::equivalent : std::weak_ordering::greater;
  }

 private:
  constexpr explicit SteadyTime(absl::Duration since_start) : since_start_(since_start) {}

  absl::Duration since_start_ = -absl::InfiniteDuration();
};

inline SteadyTime SteadyNow() {
  return SteadyTime(absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()));
}

}  // namespace waybill::outbox_relay
