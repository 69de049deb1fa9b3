// StateGauges measure how many rows are in each state, and how old the oldest is.
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "platform/metrics/registry.h"
#include "platform/postgres/pool.h"
#include "platform/postgres/transaction.h"

namespace waybill::postgres {

struct StateGauges {
  metrics::Gauge count;
  metrics::Gauge oldest_age;
};

// Runs `count`, whose columns are state, count and oldest_age (seconds), once, and sets the
// gauges of every state; one without a row is 0. `what` names the work in messages. Blocks for 5 s
// at most; errors as of RunTransaction, and the gauges then keep their values.
absl::Status SetStateGauges(Pool& pool, const std::string& what, const Statement& count,
                            const std::map<std::string, StateGauges>& gauges);

}  // namespace waybill::postgres
