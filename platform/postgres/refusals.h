// Refusals remembers whether the database has just refused work for a reason that isn't the work's own
// (error.h, IsRefusal).
#pragma once

#include <mutex>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace waybill::postgres {

// Thread-safe; never blocks for long.
class Refusals {
 public:
  // Longer than any backoff after which refused work comes again, so that a lasting refusal is seen
  // without a gap.
  static constexpr absl::Duration kRemembered = absl::Seconds(15);

  // The refusal, at `now`. The first one is logged, and so is the first one after a pause.
  void Note(const absl::Status& refusal, absl::Time now);
  // The last refusal until it is kRemembered old; then OK.
  absl::Status Current(absl::Time now) const;

 private:
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  absl::Status last_;
  absl::Time noted_at_ = absl::InfinitePast();
};

}  // namespace waybill::postgres
