// The log lines of an order's way.
#pragma once

#include "absl/types/span.h"
#include "order_svc/application/ports.h"

namespace waybill::order_svc {

// One info line for each transition of each order, with order_id and trace_id. Call after the
// commit, so that the log tells nothing that didn't happen.
void LogTransitions(absl::Span<const TracedOrder> orders);

}  // namespace waybill::order_svc
