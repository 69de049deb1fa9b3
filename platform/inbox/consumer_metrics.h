// ConsumerMetrics holds a consumer's instruments.
#pragma once

#include "platform/metrics/registry.h"

namespace waybill::inbox {

struct ConsumerMetrics {
  ConsumerMetrics() = default;
  explicit ConsumerMetrics(metrics::Registry& registry);

  // Events by outcome: `applied` took effect, `known` had taken effect before, `skipped` are of a
  // type that the service doesn't handle.
  metrics::Counter applied;
  metrics::Counter known;
  metrics::Counter skipped;
  metrics::Counter parked_invalid;
  metrics::Counter parked_missing;
  metrics::Counter parked_behind;
  // Events left for a retry, counted each time.
  metrics::Counter retries;
  // Records that were deleted from their topic before they were read.
  metrics::Counter expired;

  // Of each transaction: the events in it, and how long it took, commit included.
  metrics::Histogram batch_events;
  metrics::Histogram batch_seconds;

  metrics::Gauge held;
  metrics::Gauge paused;
};

}  // namespace waybill::inbox
