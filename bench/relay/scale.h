// How much the benchmarks measure.
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace waybill::bench {

struct Scale {
  int rounds = 5;
  std::int64_t rows_at_50 = 1'000'000;
  std::int64_t rows_at_1 = 200'000;
  std::int64_t rows_burdened = 200'000;
  int latency_rounds = 3;
  absl::Duration latency_for = absl::Seconds(10);
  absl::Duration idle_for = absl::Seconds(30);

  static Scale Quick() {
    return {.rounds = 1,
            .rows_at_50 = 200'000,
            .rows_at_1 = 100'000,
            .rows_burdened = 50'000,
            .latency_rounds = 1,
            .latency_for = absl::Seconds(3),
            .idle_for = absl::Seconds(5)};
  }
};

}  // namespace waybill::bench
