// How long a committed row takes to a consumer.
#pragma once

#include "bench/relay/figures.h"
#include "bench/relay/scale.h"

namespace waybill::bench {

// From sending COMMIT to the consumer, one row a commit at a steady `rows_per_second`, against the
// same records from a bare producer to the same consumer: figures latency_<rate>_p50, _p99, _p999.
void MeasureLatency(const Scale& scale, int rows_per_second, Figures& figures);

}  // namespace waybill::bench
