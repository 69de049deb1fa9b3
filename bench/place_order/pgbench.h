// Runs pgbench, PostgreSQL's own load client, with one_commit.sql: what a service reaches that commits each
// order on its own and does nothing else.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace waybill::bench {

// Places orders in the database from `clients` connections at once; blocks for `duration`. Returns the orders
// per second. Throws std::runtime_error if pgbench fails.
double OneCommitAnOrder(const std::string& conninfo, int clients, absl::Duration duration);

}  // namespace waybill::bench
