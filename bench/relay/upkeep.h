// Measures what an idle relay costs, and how soon another relay takes over.
#pragma once

#include "bench/figures.h"
#include "bench/relay/scale.h"

namespace waybill::bench {

// Measures the percentage of one core over idle_for, as figure idle_cpu_percent.
void MeasureIdle(const Scale& scale, Figures& figures);
// Measures from the leader's SIGKILL to the first row that the waiting relay publishes, as figure
// take_over.
void MeasureTakeOver(const Scale& scale, Figures& figures);

}  // namespace waybill::bench
