// The application outbox_relay: creates its parts and connects them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "outbox_relay/base/leadership.h"
#include "outbox_relay/base/stop.h"
#include "outbox_relay/config.h"
#include "outbox_relay/republish/republisher.h"
#include "outbox_relay/retention/partition_keeper.h"
#include "outbox_relay/source/source_runner.h"
#include "outbox_relay/watch/slot_watch.h"
#include "outbox_relay/watch/source_metrics.h"
#include "platform/metrics/endpoint.h"
#include "platform/metrics/poller.h"
#include "platform/metrics/readiness.h"
#include "platform/metrics/registry.h"
#include "platform/service/main.h"

namespace waybill::outbox_relay {

class App final : public service::Runnable {
 public:
  static RelayConfig ReadConfig(ConfigReader& reader) { return outbox_relay::ReadConfig(reader); }

  explicit App(RelayConfig config);
  ~App() override { Shutdown(); }

  // A server that can't be reached is retried without limit. kInvalidArgument: a connection string
  // or a Kafka property can't be right, or the metrics can't be served where they should be.
  // kUnavailable: the metrics' address is taken.
  absl::Status Start() override;
  // Applies the sources' connection strings, matched by source name, and Kafka's login. A source whose
  // string has changed ends its session in order and connects anew; connections to Kafka stay.
  // kInvalidArgument: libpq can't parse a string. Errors of PgConnection::Connect: a server can't be
  // reached, for SQL or for replication. After an error nothing is applied. Blocks for at most 8 s per
  // source whose string has changed.
  absl::Status Reconfigure(const RelayConfig& config);
  // Publishes and confirms what is in flight; within 10 s while the servers answer.
  void Shutdown() override;

 private:
  absl::Status CheckSettings() const;
  void AddSource(const SourceConfig& source);
  void FollowLogin(const std::map<std::string, std::string>& properties);

  const RelayConfig config_;
  Stop stop_;
  metrics::Registry registry_;
  metrics::Readiness readiness_;
  metrics::Poller poller_;
  metrics::Endpoint endpoint_;
  std::vector<std::unique_ptr<SourceMetrics>> metrics_;
  std::vector<std::unique_ptr<Leadership>> leaderships_;
  std::vector<std::unique_ptr<SlotWatch>> watches_;
  std::vector<std::unique_ptr<SourceRunner>> runners_;
  std::vector<std::unique_ptr<PartitionKeeper>> keepers_;
  std::vector<std::unique_ptr<Republisher>> republishers_;
  bool is_shut_down_ = false;
};

}  // namespace waybill::outbox_relay
