// Counter, Gauge and Histogram are the instruments through which code records its metrics.
//
//   struct PoolMetrics {                       // one struct per component, made at wiring
//     PoolMetrics() = default;
//     explicit PoolMetrics(metrics::Registry& registry);
//     metrics::Gauge sessions_in_use;
//     metrics::Histogram wait;
//   };
//
// The Registry (registry.h) makes a handle, with its labels, once. Recording costs an atomic
// addition (a histogram: an uncontended lock in memory) and never blocks on anything outside. A
// default-constructed handle records nowhere: tools and tests that nobody scrapes use it.
// Handles are values; they must not outlive their Registry. Thread-safe.
#pragma once

#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace waybill::metrics {

// A count that only rises. Its name ends in _total.
class Counter {
 public:
  Counter() = default;
  explicit Counter(prometheus::Counter* counter) : counter_(counter) {}
  // `amount` is not negative.
  void Add(double amount = 1) const;

 private:
  prometheus::Counter* counter_ = nullptr;
};

// A value that rises and falls.
class Gauge {
 public:
  Gauge() = default;
  explicit Gauge(prometheus::Gauge* gauge) : gauge_(gauge) {}
  void Set(double value) const;
  void Add(double amount) const;

 private:
  prometheus::Gauge* gauge_ = nullptr;
};

// The distribution of observations; times are in seconds.
class Histogram {
 public:
  Histogram() = default;
  explicit Histogram(prometheus::Histogram* histogram) : histogram_(histogram) {}
  void Observe(double value) const;
  void Observe(absl::Duration duration) const { Observe(absl::ToDoubleSeconds(duration)); }

 private:
  prometheus::Histogram* histogram_ = nullptr;
};

// The upper bounds of a histogram's buckets, rising.
using Buckets = std::vector<double>;

// 0.5 ms to 30 s: calls, transactions, waits.
const Buckets& SecondsBuckets();
// 1 to 10,000: batches.
const Buckets& CountBuckets();

}  // namespace waybill::metrics
