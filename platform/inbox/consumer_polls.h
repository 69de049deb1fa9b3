// Adds the metrics of a consumer that need a query to its broker or its database.
#pragma once

#include <string>

#include "platform/inbox/consumer_engine.h"
#include "platform/metrics/poller.h"
#include "platform/metrics/registry.h"
#include "platform/postgres/pool.h"

namespace waybill::inbox {

// Adds to `poller`, which must run only while `engine` does:
//   waybill_consumer_lag_records{topic,partition}
//   waybill_consumer_parked_events, waybill_consumer_parked_oldest_age_seconds
// Borrows engine and pool.
void AddConsumerPolls(metrics::Poller& poller, metrics::Registry& registry,
                      const ConsumerEngine& engine, postgres::Pool& pool,
                      const std::string& consumer);

}  // namespace waybill::inbox
