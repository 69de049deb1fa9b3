// These structs configure a consumer; an operator sets the part in InboxConfig.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "platform/config/config_reader.h"
#include "platform/kafka/client_config.h"

namespace waybill::inbox {

struct InboxConfig {
  // Inbox rows younger than this are kept. Must be over outbox_retention + the topics' retention.ms
  // + segment.ms, or a republished old event would take effect again; checked against the broker at
  // start.
  absl::Duration retention = absl::Hours(24 * 30);
  // The outbox retention of the services that produce for us.
  absl::Duration outbox_retention = absl::Hours(24 * 7);
  // The most records in one transaction, and the most that are held of one partition; 1 to 10,000.
  int max_batch = 500;
};

struct ConsumerOptions {
  // The service's name: the Kafka consumer group, and `consumer` in inbox and parked tables.
  std::string consumer;
  // Where copies of parked events go.
  std::string dlq_topic;
  kafka::KafkaConfig kafka;
  InboxConfig inbox;
};

// Reads the section [inbox].
InboxConfig ReadInboxConfig(ConfigReader& reader);

}  // namespace waybill::inbox
