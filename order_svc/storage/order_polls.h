// Polls how many orders are open, and for how long.
#pragma once

#include "platform/metrics/poller.h"
#include "platform/metrics/registry.h"
#include "platform/postgres/pool.h"

namespace waybill::order_svc {

// Adds to `poller`: waybill_orders_open{state} and waybill_orders_open_oldest_age_seconds{state},
// for each state that is not an end; ages count from placing. Borrows the pool.
void AddOrderPolls(metrics::Poller& poller, metrics::Registry& registry, postgres::Pool& pool);

}  // namespace waybill::order_svc
