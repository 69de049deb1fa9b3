// A session is one attempt to relay a source: it takes the leader lock, and publishes until the
// first failure or the end of the process.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "outbox_relay/base/leadership.h"
#include "outbox_relay/base/lsn.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/base/stop.h"
#include "outbox_relay/checkpoint/checkpoint.h"
#include "outbox_relay/config.h"
#include "outbox_relay/sink/publisher.h"
#include "outbox_relay/sink/suspects.h"
#include "outbox_relay/watch/source_metrics.h"

namespace waybill::outbox_relay {

// What the attempts to relay a source have found out, for the later ones.
struct Lessons {
  // The stream has, or had once, a type that the relay reads as text only.
  bool stream_as_text = false;
  // For how long the server's replication process may send nothing while it is busy.
  absl::Duration busy_silence;

  // Of the first attempt.
  explicit Lessons(const LimitsConfig& limits) : busy_silence(6 * limits.lease) {}
};

// Session holds what the steps of one attempt share.
struct Session {
  const RelayConfig& config;
  const SourceConfig& source;
  const Stop& stop;
  // Holds the leader lock. Everything that is written goes through it, so a relay that has lost the
  // lock can't write; it is lost when this connection is silent for as long as `lease`.
  PgConnection& control;
  CheckpointStore& checkpoints;
  Publisher& publisher;
  SourceMetrics& metrics;
  Leadership& leadership;
  std::string system_identifier;
  // The cluster that the checkpoint names; "" while it names none.
  std::string kafka_cluster;
  // The cluster that the records go to, if it isn't kafka_cluster; "" otherwise. The checkpoint begins
  // anew for it after the attempt: until then the attempt still stores what it has published.
  std::string another_kafka_cluster = {};
  // Outlives this attempt.
  Lessons& lessons;
  SteadyTime next_maintenance = {};
  // The control connection has something to read, though nothing was asked.
  bool control_readable = false;
  // A transaction stayed open too long: this attempt streams, however far it falls behind.
  bool catch_up_given_up = false;
  // The checkpoint has moved: what this attempt published won't be published again.
  bool progressed = false;
  // The row that was read last finds no room.
  bool row_held = false;
  // The publisher has settled no row since, though some wait; InfiniteFuture without one.
  SteadyTime rows_wait_since = SteadyTime::InfiniteFuture();
  std::uint64_t rows_settled = 0;
  // What has committed before is published from the table, whatever the log lacks.
  Lsn table_read_at = 0;

  // To be called before anything is published: waits for 5 s at most until the producer knows which
  // cluster it talks to. Errors as CheckKafkaCluster's and Pulse's.
  absl::Status AwaitKafkaCluster();
  // To be called at least every second: takes acknowledgements, keeps the lock, runs maintenance
  // when it is due.
  absl::Status Pulse();
  // Waits until the publisher or the control connection is readable, a stop is requested, or
  // `socket` is ready for `events` (poll(2); -1: none), `longest` at most.
  void Wait(int socket, short events, absl::Duration longest);
  // Runs one statement that returns rows, and calls Pulse while it waits. After an error, `connection`
  // can't be used any more. kCancelled when the process is to end, kUnavailable after `within`, kAborted
  // for an error of the server.
  absl::StatusOr<PgResult> QueryPatiently(PgConnection& connection, const std::string& sql,
                                          absl::Duration within);
  // Records the id of the Kafka cluster in the checkpoint, once the id is known and the checkpoint exists.
  absl::Status RecordKafkaCluster();
  // Aborted when the records go to another Kafka cluster than before: what was published is not there.
  absl::Status CheckKafkaCluster();
  // To be called about once per second.
  void ObserveRows(SteadyTime now);
};

// Returns OK when the process is to end; everything published is then confirmed. Retry any error,
// with backoff; `progressed` says whether the checkpoint has moved. While it streams, `leadership`
// tells how far.
absl::Status RunSession(const RelayConfig& config, const SourceConfig& source, const Stop& stop,
                        Suspects& suspects, SourceMetrics& metrics, Leadership& leadership,
                        bool* progressed, Lessons& lessons);

}  // namespace waybill::outbox_relay
