// The numbers that need a query: asked for by one background thread, never by a request or a
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

// Owned by the App. Add, Start and Stop from one thread; Add before Start. Each poll runs once a
// round, one after the other. A poll that fails is logged, counted in waybill_poll_failures_total,
// and tried again in the next round; until then its gauges keep the last values, and
// waybill_poll_success_timestamp_seconds tells how old they are.
class Poller {
 public:
  // Asks and sets its gauges. Should bound how long it takes; nothing may be thrown.
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
