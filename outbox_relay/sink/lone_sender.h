// Sends records that may be refused, one per batch, with a producer of its own: an error doesn't
// end the stream's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outbox_relay/base/record.h"
#include "outbox_relay/config.h"
#include "outbox_relay/parking/parked_row.h"
#include "outbox_relay/sink/producer.h"

namespace waybill::outbox_relay {

// How many of the records Kafka acknowledged, in order, and why it refused the next one, if it did.
struct LoneOutcome {
  std::size_t acknowledged = 0;
  std::optional<ParkReason> refused;
  std::string error;
};

// Not thread-safe. Connects when first used; after an error its producer is destroyed.
class LoneSender {
 public:
  explicit LoneSender(const KafkaConfig& kafka) : kafka_(kafka) {}

  // Sends the records in order, each in a batch of its own, and waits for all of them: `timeout` at
  // most, after which those without an answer count as unacknowledged, though some may have
  // arrived. InvalidArgument for a Kafka property that can't be.
  absl::StatusOr<LoneOutcome> Send(const std::vector<Record>& records, absl::Duration timeout);

 private:
  const KafkaConfig kafka_;
  std::unique_ptr<Producer> producer_;
};

}  // namespace waybill::outbox_relay
