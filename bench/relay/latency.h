// Measures how long a committed row takes to reach a consumer.
#pragma once

#include "bench/figures.h"
#include "bench/relay/scale.h"

namespace waybill::bench {

// Measures from sending COMMIT to the consumer, with one row per commit at a steady
// `rows_per_second`, compared with the same records from a bare producer to the same consumer:
// figures latency_<rate>_p50, _p99, _p999.
void MeasureLatency(const Scale& scale, int rows_per_second, Figures& figures);

}  // namespace waybill::bench
