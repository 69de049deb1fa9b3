// Measures how fast a relay drains a backlog, and what that costs.
#pragma once

#include <string>
#include <vector>

#include "bench/figures.h"
#include "bench/relay/scale.h"

namespace waybill::bench {

// The peak memory of every relay that ran.
using PeakRss = std::vector<double>;

// Drains `rows` rows, `rows_per_commit` per commit, as figure `name`, compared with a no-op reader
// of the same slot content, in alternating rounds. With `cpu`, also measures the CPU seconds
// (cpu_s_per_100k), the catch-up by copy (catch_up_by_copy) and the rate of a bare producer.
void MeasureDrain(const Scale& scale, const std::string& name, std::int64_t rows,
                  std::int64_t rows_per_commit, bool cpu, Figures& figures, PeakRss& rss);
// Drains one transaction of rows_at_50 rows.
void MeasureLargeTransaction(const Scale& scale, Figures& figures, PeakRss& rss);
// Measures the CPU seconds of relay and PostgreSQL per 100,000 rows while a transaction is open,
// one of 1,000 keys is parked and 100 partitions are idle, compared with the plain drain.
void MeasureBurdened(const Scale& scale, Figures& figures, PeakRss& rss);

}  // namespace waybill::bench
