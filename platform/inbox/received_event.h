// ReceivedEvent is a Kafka record, read as an event.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "platform/events/envelope.h"
#include "platform/kafka/consumer.h"

namespace waybill::inbox {

// Holds everything that the engine needs of a record; owns its bytes, so that the record can go.
struct ReceivedEvent {
  kafka::TopicPartition partition;
  std::int64_t offset = 0;
  absl::Time produced_at;
  // Absent, or made of any bytes.
  std::optional<std::string> key;
  std::vector<std::pair<std::string, std::string>> headers;
  // The event, with the topic's name without prefix. Without a usable ce_id, `event.id` is made of
  // topic, partition and offset, so that a redelivery has the same.
  events::IncomingEvent event;
  // Why the envelope can't be used; empty when it can.
  std::string envelope_error;

  // What must stay in order: the events of one key in one topic. Nothing for a record that stands
  // alone, having no key or no usable envelope.
  std::optional<std::pair<std::string, std::string>> OrderingKey() const;
};

// What keeps a record with these headers ("" for one that is missing) and this key from being used
// as an event; "" when nothing does.
std::string EnvelopeProblem(std::string_view ce_id, std::string_view ce_type,
                            const std::optional<std::string>& key);

ReceivedEvent ReadRecord(const kafka::Record& record, const std::string& topic_prefix);

}  // namespace waybill::inbox
