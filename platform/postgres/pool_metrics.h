// PoolMetrics holds the instruments of a pool of sessions.
#pragma once

#include "platform/metrics/registry.h"

namespace waybill::postgres {

struct PoolMetrics {
  PoolMetrics() = default;
  explicit PoolMetrics(metrics::Registry& registry);

  metrics::Gauge sessions_max;
  metrics::Gauge sessions_in_use;
  // The time until a session was lent, connecting included, or the wait timed out.
  metrics::Histogram wait;
  metrics::Counter timeouts;
  metrics::Counter connect_failures;
  // How often all sessions were closed because one was broken or out of date.
  metrics::Counter renewals;
  // Transactions that the database refused (error.h, IsRefusal).
  metrics::Counter refusals;
};

}  // namespace waybill::postgres
