// Processes batches of events: each event takes effect, is parked, or waits for a retry.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "platform/inbox/batch_handler.h"
#include "platform/inbox/consumer_metrics.h"
#include "platform/inbox/inbox_store.h"
#include "platform/inbox/received_event.h"
#include "platform/postgres/pool.h"

namespace waybill::inbox {

// Runs batches through inbox and handler, one transaction per batch. A batch that fails with
// kInvalidArgument, kNotFound or kInternal is halved, down to the event that fails, unless the failure
// names the events (MissingRows), and one that fails with kFailedPrecondition down to one type, whose
// events then all stay pending; after any other failure all events of the batch do. Knows nothing of
// Kafka, so tests need no broker. Not thread-safe; borrows pool and handler.
class BatchProcessor {
 public:
  // A row that an event refers to may be missing for as long as another session needs to see a
  // commit that the relay has already read from the WAL; an event older than this is not waiting
  // for that any more.
  static constexpr absl::Duration kMissingRowPatience = absl::Seconds(30);

  BatchProcessor(std::string consumer, std::string dlq_topic, postgres::Pool& pool,
                 BatchHandler& handler, ConsumerMetrics metrics = {})
      : consumer_(std::move(consumer)),
        dlq_topic_(std::move(dlq_topic)),
        pool_(pool),
        handler_(handler),
        metrics_(metrics) {}

  struct Result {
    // The events to retry later, in their order: those that failed for a transient reason, and
    // every later event of their keys. All others have taken effect, were known already, are of a
    // type that the service doesn't handle, or are parked.
    std::vector<const ReceivedEvent*> pending;
    // The last failure; OK when nothing is pending.
    absl::Status error;
    // The database can't be reached: no event is to blame, and more batches would fail as well.
    bool outage = false;
  };

  // Blocks for the transactions it takes.
  Result Process(absl::Span<const ReceivedEvent* const> batch);

 private:
  void ProcessRange(absl::Span<const ReceivedEvent* const> batch, Result& result);
  // Settles the events whose rows are missing, and processes the others.
  void SetAside(absl::Span<const ReceivedEvent* const> batch, const std::set<std::string>& missing,
                Result& result);
  static bool AreOfOneType(absl::Span<const ReceivedEvent* const> batch);
  void SettleOne(const ReceivedEvent& received, const absl::Status& failure, Result& result);
  absl::Status TryBatch(absl::Span<const ReceivedEvent* const> batch);
  absl::Status ParkAlone(const ReceivedEvent& received, ParkReason reason,
                         const std::string& error);
  void CountParked(ParkReason reason);
  void KeepPending(const ReceivedEvent& received, const absl::Status& failure, Result& result);

  const std::string consumer_;
  const std::string dlq_topic_;
  postgres::Pool& pool_;
  BatchHandler& handler_;
  const ConsumerMetrics metrics_;
  // Of the call under way.
  std::set<std::pair<std::string, std::string>> pending_keys_;
  // The types that the database refuses, and why.
  std::map<std::string, absl::Status> refused_types_;
};

}  // namespace waybill::inbox
