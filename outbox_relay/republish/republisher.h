// Republisher publishes retained rows again, as an operator has requested, while this relay streams.
#pragma once

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outbox_relay/base/leadership.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/base/stop.h"
#include "outbox_relay/config.h"
#include "outbox_relay/republish/chunk_publisher.h"
#include "outbox_relay/republish/request_store.h"
#include "outbox_relay/watch/source_metrics.h"
#include "platform/executor/periodic_worker.h"

namespace waybill::outbox_relay {

// Thread-safe; one per source, with a thread of its own. Looks for a request once per second; has
// a connection while the process streams the source. The live stream has no part in it, and is only
// looked at: a row is published again when the stream has published it. What is done is stored
// after each chunk, if the process still holds the leader lock: its successor continues there.
class Republisher {
 public:
  // All of them outlive this.
  Republisher(const RelayConfig& config, const SourceConfig& source, const Stop& stop,
              SourceMetrics& metrics, const Leadership& leadership);

  void Start();
  // Waits until the thread has ended, after `stop` was requested: 10 s at most.
  void Stop();

 private:
  absl::StatusOr<RoundResult> Round();
  // One chunk of the active request, if there is one.
  absl::StatusOr<RoundResult> Work(int leader);
  absl::StatusOr<RoundResult> WorkOff(RequestStore& store, const RepublishRequest& request,
                                      int leader);
  // Stores why nothing happens. Returns `error`, or that nothing is to be retried.
  absl::StatusOr<RoundResult> NoteError(RequestStore& store, const RepublishRequest& request,
                                        int leader, const absl::Status& error);
  void Release();

  const RelayConfig& config_;
  const SourceConfig& source_;
  const outbox_relay::Stop& stop_;
  SourceMetrics& metrics_;
  const Leadership& leadership_;
  std::optional<PgConnection> control_;
  // With the connection string of control_, and its version.
  SourceConfig connected_;
  int conninfo_version_ = 0;
  // While there is a request.
  std::unique_ptr<ChunkPublisher> publisher_;
  PeriodicWorker worker_;
};

}  // namespace waybill::outbox_relay
