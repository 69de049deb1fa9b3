#include "platform/executor/backoff.h"

#include <algorithm>
#include <cmath>

namespace waybill {

absl::Duration Backoff::After(int failures, BackoffOptions options, absl::BitGenRef random) {
  const double growth = std::pow(options.factor, std::clamp(failures - 1, 0, 40));
  const absl::Duration bound = std::min(options.max, options.initial * growth);
  return bound * absl::Uniform(random, 0.5, 1.0);
}

absl::Duration Backoff::Next() {
  ++failures_;
  return After(failures_, options_, random_);
}

}  // namespace waybill
