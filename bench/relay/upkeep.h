// What a relay costs that has nothing to do, and how soon another one stands in for it.
#pragma once

#include "bench/relay/figures.h"
#include "bench/relay/scale.h"

namespace waybill::bench {

// Percent of one core over idle_for, as figure idle_cpu_percent.
void MeasureIdle(const Scale& scale, Figures& figures);
// From kill -9 of the leader to the first row that the waiting relay publishes, as figure
// take_over.
void MeasureTakeOver(const Scale& scale, Figures& figures);

}  // namespace waybill::bench
