// How far the relay and the consumers have come: what lies beyond that is on its way, not lost.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "platform/kafka/client_config.h"
#include "platform/kafka/consumer.h"
#include "tools/verify/facts.h"

namespace waybill::verify {

// What the consumers' groups have committed.
struct Consumption {
  // By partition, with the topic's prefix: from which offset on each consumer has yet to consume;
  // of those that don't read the topic, a number above all offsets.
  std::map<kafka::TopicPartition, std::array<std::int64_t, kConsumers>> next;
  // How many records each has yet to consume.
  std::array<std::int64_t, kConsumers> behind{};
};

// Errors: TopicReader's.
absl::StatusOr<Consumption> ReadConsumption(const kafka::KafkaConfig& kafka);

// The transaction id below which the relay has published every row of that database's outbox; 0
// where it has never published any. Errors: BinaryRows'.
absl::StatusOr<std::int64_t> PublishedBelow(const std::string& conninfo);

}  // namespace waybill::verify
