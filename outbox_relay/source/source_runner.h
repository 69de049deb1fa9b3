// SourceRunner is the thread that relays one source, attempt after attempt.
#pragma once

#include <thread>

#include "outbox_relay/base/leadership.h"
#include "outbox_relay/base/stop.h"
#include "outbox_relay/config.h"
#include "outbox_relay/sink/suspects.h"
#include "outbox_relay/watch/source_metrics.h"

namespace waybill::outbox_relay {

// Start once. The sources of a process don't touch each other: one that fails is retried with
// backoff while the others continue.
class SourceRunner {
 public:
  // All of them outlive this.
  SourceRunner(const RelayConfig& config, const SourceConfig& source, const Stop& stop,
               SourceMetrics& metrics, Leadership& leadership)
      : config_(config), source_(source), stop_(stop), metrics_(metrics), leadership_(leadership) {}
  // Joins.
  ~SourceRunner();
  SourceRunner(const SourceRunner&) = delete;
  SourceRunner& operator=(const SourceRunner&) = delete;

  void Start();
  // Waits until the thread has ended, after `stop` was requested: 10 s or so while Kafka answers.
  void Join();

 private:
  void Run();

  const RelayConfig& config_;
  const SourceConfig& source_;
  const Stop& stop_;
  SourceMetrics& metrics_;
  Leadership& leadership_;
  Suspects suspects_;
  std::thread thread_;
};

}  // namespace waybill::outbox_relay
