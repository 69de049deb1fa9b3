// What a relay costs that has nothing to do.
#pragma once

#include "bench/relay/figures.h"
#include "bench/relay/scale.h"

namespace waybill::bench {

// Percent of one core over idle_for, as figure idle_cpu_percent.
void MeasureIdle(const Scale& scale, Figures& figures);

}  // namespace waybill::bench
