// How fast a relay works off what has piled up in front of it, and what that costs.
#pragma once

#include <string>
#include <vector>

#include "bench/relay/figures.h"
#include "bench/relay/scale.h"

namespace waybill::bench {

// The peaks of every relay that ran.
using PeakRss = std::vector<double>;

// `rows` rows at `rows_per_commit` a commit, as figure `name`, against the no-op reader of the same
// slot content; alternating rounds. With `cpu` also the CPU seconds (cpu_s_per_100k), the catch-up
// by copy (catch_up_by_copy) and the rate of a bare producer.
void MeasureDrain(const Scale& scale, const std::string& name, std::int64_t rows,
                  std::int64_t rows_per_commit, bool cpu, Figures& figures, PeakRss& rss);
// One transaction of rows_at_50 rows.
void MeasureLargeTransaction(const Scale& scale, Figures& figures, PeakRss& rss);
// CPU seconds of relay and PostgreSQL per 100,000 rows with a transaction held open, one key of
// 1,000 parked and 100 idle partitions, against the plain drain.
void MeasureBurdened(const Scale& scale, Figures& figures, PeakRss& rss);

}  // namespace waybill::bench
