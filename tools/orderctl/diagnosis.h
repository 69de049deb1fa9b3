// "Order X is stuck, why?", answered from what is stored about it.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "tools/orderctl/findings.h"

namespace waybill::orderctl {

// Whether the order is at its end, its money taken or given back, and every mail it causes sent (or
// refused for good).
bool IsComplete(const Findings& findings);

// One sentence: what the order waits for and since when, or that it waits for nothing. Of several
// things the one that holds up the others.
std::string WaitsFor(const Findings& findings, absl::Time now);

}  // namespace waybill::orderctl
