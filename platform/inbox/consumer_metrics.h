// What a consumer tells of itself.
#pragma once

#include "platform/metrics/registry.h"

namespace waybill::inbox {

struct ConsumerMetrics {
  ConsumerMetrics() = default;
  explicit ConsumerMetrics(metrics::Registry& registry);

  // What became of events. `applied` took effect, `known` had before, `skipped` are of a type the
  // service doesn't want.
  metrics::Counter applied;
  metrics::Counter known;
  metrics::Counter skipped;
  metrics::Counter parked_invalid;
  metrics::Counter parked_missing;
  metrics::Counter parked_behind;
  // Events left to be tried again, each time.
  metrics::Counter retries;

  // Of each transaction: the events in it, and how long it took, commit included.
  metrics::Histogram batch_events;
  metrics::Histogram batch_seconds;

  metrics::Gauge held;
  metrics::Gauge paused;
};

}  // namespace waybill::inbox
