// Explains why an order is stuck, from what is stored about it.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "tools/orderctl/findings.h"

namespace waybill::orderctl {

// Whether the order has ended, its payment is captured or released, and every mail that it causes
// has been sent (or permanently refused).
bool IsComplete(const Findings& findings);

// Completes the sentence "The order waits for …": says what the order waits for and since when, or
// that it waits for nothing. Of several things, it names the one that delays the others.
std::string WaitsFor(const Findings& findings, absl::Time now);

}  // namespace waybill::orderctl
