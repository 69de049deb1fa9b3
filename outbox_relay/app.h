// The relay's parts, put together.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "outbox_relay/base/stop.h"
#include "outbox_relay/config.h"
#include "outbox_relay/retention/partition_keeper.h"
#include "outbox_relay/source/source_runner.h"
#include "outbox_relay/watch/slot_watch.h"
#include "outbox_relay/watch/source_metrics.h"
#include "platform/metrics/endpoint.h"
#include "platform/metrics/poller.h"
#include "platform/metrics/readiness.h"
#include "platform/metrics/registry.h"

namespace waybill::outbox_relay {

// Wire, Start, Shutdown, in this order, by one thread.
class App {
 public:
  // InvalidArgument for a connection string or a Kafka property that can't be. Connects to nothing.
  static absl::StatusOr<std::unique_ptr<App>> Wire(RelayConfig config);
  // A server that can't be reached is tried again for ever. Unavailable or InvalidArgument: the
  // metrics can't be served where they should be.
  absl::Status Start();
  // Publishes and confirms what is in flight; within 10 s while the servers answer.
  void Shutdown();

 private:
  explicit App(RelayConfig config);
  void AddSource(const SourceConfig& source);

  const RelayConfig config_;
  Stop stop_;
  metrics::Registry registry_;
  metrics::Readiness readiness_;
  metrics::Poller poller_;
  metrics::Endpoint endpoint_;
  std::vector<std::unique_ptr<SourceMetrics>> metrics_;
  std::vector<std::unique_ptr<SlotWatch>> watches_;
  std::vector<std::unique_ptr<SourceRunner>> runners_;
  std::vector<std::unique_ptr<PartitionKeeper>> keepers_;
};

}  // namespace waybill::outbox_relay
