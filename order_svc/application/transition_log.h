// What is told of an order's way: log lines and counters.
#pragma once

#include "absl/types/span.h"
#include "order_svc/application/ports.h"
#include "order_svc/application/transition_metrics.h"

namespace waybill::order_svc {

// Counts each transition of each order, and writes one info line for it, with order_id and
// trace_id. Call after the commit, so that nothing is told that didn't happen.
void TellTransitions(absl::Span<const TracedOrder> orders, const TransitionMetrics& metrics);

}  // namespace waybill::order_svc
