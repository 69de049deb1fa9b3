#include "platform/postgres/pool_metrics.h"

namespace waybill::postgres {

PoolMetrics::PoolMetrics(metrics::Registry& registry)
    : sessions_max(
          registry.AddGauge("waybill_postgres_sessions_max", "Sessions the pool may have")),
      sessions_in_use(
          registry.AddGauge("waybill_postgres_sessions_in_use", "Sessions that are lent")),
      wait(registry.AddHistogram("waybill_postgres_session_wait_seconds",
                                 "How long was waited for a session, connecting included",
                                 metrics::SecondsBuckets())),
      timeouts(registry.AddCounter("waybill_postgres_session_timeouts_total",
                                   "Waits that timed out because all sessions were busy")),
      connect_failures(registry.AddCounter("waybill_postgres_connect_failures_total",
                                           "Sessions that could not be opened")),
      renewals(registry.AddCounter(
          "waybill_postgres_sessions_renewed_total",
          "How often all sessions were closed because one was broken or out of date")),
      refusals(registry.AddCounter(
          "waybill_postgres_refusals_total",
          "Transactions that the database refused for a reason that was not theirs")) {}

}  // namespace waybill::postgres
