// Creates topics, queries how long they keep their records, and sets the offsets of consumer groups.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/kafka/client_config.h"
#include "platform/kafka/consumer.h"

namespace waybill::kafka {

struct NewTopic {
  // With its prefix, if any.
  std::string name;
  int partitions = 1;
  int replication = 1;
};

// Creates what is missing; a topic that exists is left as it is. Blocks for at most `timeout`.
// kUnavailable: no broker answered in time. Other errors name the topic.
absl::Status CreateTopics(const KafkaConfig& config, const std::vector<NewTopic>& topics,
                          absl::Duration timeout);

struct TopicRetention {
  // retention.ms and segment.ms; InfiniteDuration where the topic keeps for ever.
  absl::Duration retention;
  absl::Duration segment;
};

// How long each topic keeps its records. Topics that don't exist are left out. Blocks for at most
// `timeout`. kUnavailable: no broker answered in time.
absl::StatusOr<std::map<std::string, TopicRetention>> DescribeRetention(
    const KafkaConfig& config, const std::vector<std::string>& topics, absl::Duration timeout);

// Where a consumer group continues in a partition.
struct GroupOffset {
  TopicPartition partition;
  std::int64_t offset = 0;
};

// Sets the offsets of a group that has no members. Blocks for at most `timeout`. kFailedPrecondition:
// it has members, and nothing was changed. kUnavailable: no broker answered in time.
absl::Status SetGroupOffsets(const KafkaConfig& config, const std::string& group,
                             const std::vector<GroupOffset>& offsets, absl::Duration timeout);

}  // namespace waybill::kafka
