// Poller polls the numbers that need a query from one background thread, never in a request or a
// scrape.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "platform/executor/periodic_worker.h"
#include "platform/metrics/registry.h"

namespace waybill::metrics {

// Owned by the App. Add, Start and Stop from one thread; Add before Start. Each poll runs once per
// round, one after the other. A poll that fails is logged, counted in waybill_poll_failures_total,
// and retried in the next round; until then its gauges keep the last values, and
// waybill_poll_success_timestamp_seconds shows how old they are.
class Poller {
 public:
  // Queries, and sets its gauges. Should bound how long it takes; must not throw.
  using Poll = std::function<absl::Status()>;

  Poller(Registry& registry, absl::Duration every);

  void Add(std::string name, Poll poll);
  void Start();
  // Blocks for the poll under way. May be called twice.
  void Stop();

 private:
  struct Entry {
    std::string name;
    Poll poll;
    Counter failures;
    Gauge success_timestamp;
  };

  void Round();

  Registry& registry_;
  std::vector<Entry> entries_;
  PeriodicWorker worker_;
};

}  // namespace waybill::metrics
