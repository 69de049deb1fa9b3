// What the tests share that run a System with two instances of each program: the load never ends,
// whatever happens to one of each.
#pragma once

#include <string>
#include <vector>

#include "tests/e2e/load.h"
#include "tests/e2e/system.h"

namespace waybill::e2e {

// More orders than any test places: Load::Stop ends it.
inline constexpr int kEndless = 100'000;

// Returns the processes of that number, in the order in which an upgrade replaces them: first the
// relay, "outbox_relay-1", last what clients call, "order_svc-1".
std::vector<std::string> OneOfEach(int number);

// Blocks until the load has placed so many more orders; throws std::runtime_error if it takes too
// long, as all functions here do.
void WaitForOrders(const Load& load, int more);

// Places an order and blocks until its mail is sent: those who run do the work of those who don't.
void ExpectFulfilment(System& system);

// Checks, after the load, that no order, charge or mail is lost or doubled, and that orderctl verify
// finds nothing. A mail may have been sent twice, but with one Message-ID.
void ExpectAllIsWell(System& system, const std::vector<std::string>& placed);

}  // namespace waybill::e2e
