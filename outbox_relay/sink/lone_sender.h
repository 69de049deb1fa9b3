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

// How many of the records Kafka acknowledged, in order, and what became of the next one.
struct LoneOutcome {
  std::size_t acknowledged = 0;
  // There is an answer: `error` is Kafka's word, or librdkafka's.
  bool answered = false;
  // Why the record is refused for good. None though answered: no record is taken for now.
  std::optional<ParkReason> refused = {};
  std::string error = {};
};

// Not thread-safe. Connects when first used; after an error its producer is destroyed.
class LoneSender {
 public:
  explicit LoneSender(const KafkaConfig& kafka) : kafka_(kafka) {}

  // Sends the records in order, each in a batch of its own, and waits until all are acknowledged or
  // one fails: for 2 s, and 1 s more per 4 MiB, but 5 s at most. Those without an answer then count
  // as unacknowledged, though some may have arrived. InvalidArgument for a Kafka property that can't
  // be.
  absl::StatusOr<LoneOutcome> Send(const std::vector<Record>& records);

 private:
  static absl::Duration TimeFor(std::size_t bytes);
  rd_kafka_resp_err_t Produce(const Record& record, std::uint64_t number);

  const KafkaConfig kafka_;
  std::unique_ptr<Producer> producer_;
};

}  // namespace waybill::outbox_relay
