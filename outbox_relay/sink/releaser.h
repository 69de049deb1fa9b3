// Releaser publishes parked rows that an operator has released, or whose topic has appeared.
#pragma once

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

// Not thread-safe.
class Releaser {
 public:
  // The references outlive this. A topic that appears within `unknown_topic` of a key's parking
  // releases that key.
  Releaser(ParkingStore& store, Parking& parking, Topics& topics, LoneSender& alone,
           PublishCounts& counts, absl::Duration unknown_topic)
      : store_(store),
        parking_(parking),
        topics_(topics),
        alone_(alone),
        counts_(counts),
        unknown_topic_(unknown_topic) {}

  // First queries the brokers about each topic that is closed as unknown, 2 s per topic at most.
  // Then begins no batch of rows after 500 ms: the next call continues. Sending a batch blocks for
  // 2 s at most, besides its transaction.
  absl::Status Run();

 private:
  absl::Status RequestForNewTopics();
  // Publishes the key's next rows. True if it has more, and none was refused.
  absl::StatusOr<bool> ReleaseSome(const ParkedKey& key);

  ParkingStore& store_;
  Parking& parking_;
  Topics& topics_;
  LoneSender& alone_;
  PublishCounts& counts_;
  const absl::Duration unknown_topic_;
};

}  // namespace waybill::outbox_relay
