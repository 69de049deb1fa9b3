// SourceRunner is the thread that relays one source, attempt after attempt.
#pragma once

#include <memory>
#include <mutex>
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
  // Ends the session under way in order: what is in flight is published and confirmed. Unless `stop` was
  // requested, another one begins at once, with the connection string of then. Thread-safe; doesn't wait.
  void EndSession();
  // Waits until the thread has ended, after `stop` was requested and EndSession called: 10 s or so while Kafka
  // answers.
  void Join();

 private:
  void Run();
  // The request to end that the next session is to follow.
  std::shared_ptr<const Stop> NextSession();

  const RelayConfig& config_;
  const SourceConfig& source_;
  const Stop& stop_;
  SourceMetrics& metrics_;
  Leadership& leadership_;
  Suspects suspects_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::shared_ptr<Stop> session_stop_;
  std::thread thread_;
};

}  // namespace waybill::outbox_relay
