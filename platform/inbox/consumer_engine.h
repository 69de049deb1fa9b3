// The one engine behind every consumer: from Kafka records to effects that happen once.
//
// A round: poll up to max_batch records; one transaction that inserts their ids into `inbox` (which
// tells the new ones), parks what stands behind a parked key, and hands the rest to the handler;
// commit; then the Kafka offsets. A process that dies in between gets the records again and finds
// their ids in the inbox.
//
// A failing batch is halved down to the failing event (batch_processor.h). A permanent failure
// parks the event with its key and copies it to the dead letter topic through the outbox. A
// transient one pauses the partitions concerned, keeps polling so that the group membership lives,
// and tries again with backoff, for ever. So does a topic whose retention turns out to be too long
// for inbox.retention, until one of the two is changed.
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

  // Joins the group and begins. kInvalidArgument: a Kafka setting is wrong, or inbox.retention too
  // short for the topics' retention. A broker that is away is waited for in the background, not an
  // error.
  absl::Status Start();
  // Ends after the batch under way, commits offsets, leaves the group. Blocks for at most about 10
  // s.
  void Stop();

  // OK, or why nothing is read although all servers may be well: kInvalidArgument, inbox.retention
  // turned out to be too short (retention_guard.h). From any thread; never blocks.
  absl::Status Refusal() const;
  // As Consumer::MeasureLag, between Start and Stop; names of topics without prefix.
  absl::StatusOr<std::vector<kafka::PartitionLag>> MeasureLag(absl::Duration timeout) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::inbox
