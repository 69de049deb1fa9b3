// Computes how long to wait before a retry.
#pragma once

#include "absl/random/bit_gen_ref.h"
#include "absl/random/random.h"
#include "absl/time/time.h"

namespace waybill {

struct BackoffOptions {
  absl::Duration initial = absl::Milliseconds(20);
  absl::Duration max = absl::Seconds(10);
  double factor = 2.0;
};

// Exponential backoff with equal jitter: each wait is drawn from [1/2, 1] of a bound that grows by
// `factor` up to `max`, so that many that failed together don't retry together. Not thread-safe.
class Backoff {
 public:
  explicit Backoff(BackoffOptions options = {}) : options_(options) {}
  // The next wait.
  absl::Duration Next();
  // After a success.
  void Reset() { failures_ = 0; }
  int failures() const { return failures_; }
  // The wait after `failures` failures, for state that lives in a table rather than in a process.
  static absl::Duration After(int failures, BackoffOptions options, absl::BitGenRef random);

 private:
  BackoffOptions options_;
  int failures_ = 0;
  absl::BitGen random_;
};

}  // namespace waybill
