// Finds out how far the relay and the consumers have progressed: an event beyond that point is on
// its way, not lost.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "platform/kafka/client_config.h"
#include "platform/kafka/consumer.h"
#include "tools/verify/facts.h"

namespace waybill::verify {

// What the consumer groups have committed.
struct Consumption {
  // For each partition (its topic with the prefix), the next offset that each consumer will
  // consume. A consumer that doesn't read the topic has a number above all offsets.
  std::map<kafka::TopicPartition, std::array<std::int64_t, kConsumers>> next;
  // How many records each consumer has yet to consume.
  std::array<std::int64_t, kConsumers> behind{};
};

// The topics that a consumer reads, without prefix.
std::vector<std::string> TopicsOf(Consumer consumer);

// Errors: those of TopicReader.
absl::StatusOr<Consumption> ReadConsumption(const kafka::KafkaConfig& kafka);

// Returns the transaction id below which the relay has published every row of that database's
// outbox; 0 if it has never published any. Errors: those of BinaryRows.
absl::StatusOr<std::int64_t> PublishedBelow(const std::string& conninfo);

}  // namespace waybill::verify
