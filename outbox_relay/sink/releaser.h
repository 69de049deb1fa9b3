// Releaser publishes parked rows that an operator has released, or whose topic has appeared.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outbox_relay/parking/parked_row.h"
#include "outbox_relay/parking/parking.h"
#include "outbox_relay/parking/parking_store.h"
#include "outbox_relay/sink/lone_sender.h"
#include "outbox_relay/sink/publish_counts.h"
#include "outbox_relay/sink/topics.h"

namespace waybill::outbox_relay {

// Reads a parked row from the outbox again and calls `use` with its record, which is valid until
// `use` returns. Returns what `use` does, or why the row can't be read. Blocks for 10 s at most,
// besides `use`.
using ReadRow = std::function<absl::Status(const ParkedRow& row,
                                           const std::function<absl::Status(const Record&)>& use)>;

// Not thread-safe.
class Releaser {
 public:
  // The references outlive this. A topic that appears within `unknown_topic` of a key's parking
  // releases that key.
  Releaser(ParkingStore& store, Parking& parking, Topics& topics, LoneSender& alone,
           PublishCounts& counts, absl::Duration unknown_topic, ReadRow read_row)
      : store_(store),
        parking_(parking),
        topics_(topics),
        alone_(alone),
        counts_(counts),
        unknown_topic_(unknown_topic),
        read_row_(std::move(read_row)) {}

  // First queries the brokers about the topics that are closed as unknown: see Topics::Appeared.
  // Then begins no batch of rows after 500 ms: the next call continues. A batch blocks as
  // Topics::Recheck, LoneSender::Send and ReadRow do, besides its transaction.
  absl::Status Run();

 private:
  absl::Status RequestForNewTopics();
  // Publishes the rows up to the first that makes no record, which counts as refused.
  absl::StatusOr<LoneOutcome> Send(const ParkedKey& key, const std::vector<ParkedRow>& rows);
  absl::StatusOr<LoneOutcome> SendFromOutbox(const ParkedRow& row);
  // Publishes the key's next rows. True if it has more, and none was refused.
  absl::StatusOr<bool> ReleaseSome(const ParkedKey& key);

  ParkingStore& store_;
  Parking& parking_;
  Topics& topics_;
  LoneSender& alone_;
  PublishCounts& counts_;
  const absl::Duration unknown_topic_;
  const ReadRow read_row_;
  bool has_loaded_topics_ = false;
};

}  // namespace waybill::outbox_relay
