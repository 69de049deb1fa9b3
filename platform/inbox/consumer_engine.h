// The one engine behind every consumer: it gives each Kafka record its effect exactly once.
//
// A round polls up to max_batch records. One transaction inserts their ids into `inbox`, which
// shows which are new, parks the events behind a parked key, and passes the others to the handler.
// After the commit the engine stores the Kafka offsets. A process that dies in between receives the
// records again and finds their ids in the inbox.
//
// A batch that fails is halved only if one event may be to blame, that is, after kInvalidArgument,
// kNotFound or kInternal, or one type of events, after kFailedPrecondition (batch_processor.h). A
// permanent failure parks the event with its key, and the outbox publishes a copy of it to the dead letter topic. A transient failure holds the events
// concerned and the later events of their keys, and retries them with backoff, without limit and a
// few at a time, while other keys continue. The engine pauses a partition of which it holds
// max_batch events or 1 MiB, and continues to read the others: memory stays bounded, and a flood of
// failing events delays no other partition.
//
// All partitions are paused only while the database is unreachable, or while retention is refused:
// a topic's retention is too long for inbox.retention, until one of the two is changed. The engine
// polls all the while, so that it stays a member of the group.
//
// Lifecycle: construct, Start, Stop. Start and Stop from one thread. Owns one thread and one Kafka
// consumer; borrows pool and handler, which must outlive it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "platform/inbox/batch_handler.h"
#include "platform/inbox/config.h"
#include "platform/inbox/consumer_metrics.h"
#include "platform/inbox/reading.h"
#include "platform/kafka/consumer.h"
#include "platform/postgres/pool.h"

namespace waybill::inbox {

class ConsumerEngine {
 public:
  ConsumerEngine(ConsumerOptions options, postgres::Pool& pool, BatchHandler& handler,
                 ConsumerMetrics metrics = {});
  // Stops.
  ~ConsumerEngine();
  ConsumerEngine(const ConsumerEngine&) = delete;
  ConsumerEngine& operator=(const ConsumerEngine&) = delete;

  // Joins the group and begins. kInvalidArgument: a Kafka setting is wrong, or inbox.retention is
  // too short for the topics' retention. A broker that is away is no error: the engine waits for it
  // in the background.
  absl::Status Start();
  // Finishes the current batch, commits the offsets and leaves the group. Blocks for at most about
  // 10 s.
  void Stop();

  // As Consumer::UseCredentials, for all that the engine asks of Kafka. Before Stop.
  absl::Status UseCredentials(const kafka::KafkaConfig& config);

  // Returns OK, or why the engine refuses to read although all servers may be healthy:
  // kInvalidArgument, because inbox.retention turned out to be too short (retention_guard.h).
  // Thread-safe; never blocks.
  absl::Status Refusal() const;
  // How far the consumer has read, for whoever decides by what has not come: a time-out. Asks the
  // broker where the partitions end, and says that the consumer has read so far once it has, at the
  // earliest in the call after. After a rebalance it begins anew. While nothing is assigned or the
  // broker doesn't answer, `up_to` stays. From any thread, at any time. Blocks for at most 4 s.
  Reading MeasureReading();
  // As Consumer::MeasureLag, between Start and Stop; names of topics without prefix.
  absl::StatusOr<std::vector<kafka::PartitionLag>> MeasureLag(absl::Duration timeout) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::inbox
