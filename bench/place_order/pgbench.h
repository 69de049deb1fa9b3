// Runs pgbench, PostgreSQL's own load client, with one_commit.sql: the bound for a service that commits each
// order separately and does nothing else.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace waybill::bench {

// Places orders in the database from `clients` connections at once. Returns the orders per second. Blocks for
// `duration`, rounded up to whole seconds, and at most 60 s more. Throws std::runtime_error if pgbench fails.
double OneCommitAnOrder(const std::string& conninfo, int clients, absl::Duration duration);

}  // namespace waybill::bench
