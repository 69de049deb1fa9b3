// What a pool of sessions tells of itself.
#pragma once

#include "platform/metrics/registry.h"

namespace waybill::postgres {

struct PoolMetrics {
  PoolMetrics() = default;
  explicit PoolMetrics(metrics::Registry& registry);

  metrics::Gauge sessions_max;
  metrics::Gauge sessions_in_use;
  // Until a session was lent, connecting included, or the waiting given up.
  metrics::Histogram wait;
  metrics::Counter timeouts;
  metrics::Counter connect_failures;
};

}  // namespace waybill::postgres
