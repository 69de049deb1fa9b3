// TopicReader reads the records of topics as an observer: it joins no consumer group and commits
// nothing.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/kafka/client_config.h"
#include "platform/kafka/consumer.h"

namespace waybill::kafka {

// The records of one partition from `first` to before `end`, of which there may be fewer.
struct RecordRange {
  TopicPartition partition;
  std::int64_t first = 0;
  std::int64_t end = 0;
};

// Whether a key's records may be in that partition, in a topic of `partitions`: it is the key's, or was
// when there were fewer.
bool MayHold(std::int32_t partition, std::string_view key, int partitions);

// Not thread-safe. Topics are named with their prefix. Every method blocks for as long as the
// broker takes, and returns kUnavailable when it has not answered for 10 s, kNotFound when there is
// no such topic.
class TopicReader {
 public:
  // `group`: whose progress Uncommitted queries; nothing else here uses a group.
  static absl::StatusOr<std::unique_ptr<TopicReader>> Create(
      const KafkaConfig& config, const std::string& group = "waybill-onlooker");

  // The ranges of everything that the topic holds now, partition by partition.
  absl::StatusOr<std::vector<RecordRange>> Whole(const std::string& topic);
  // What the topic holds now, from `since` on, of the partitions that a key may be in: first the one
  // that our relay chooses (librdkafka's murmur2_random), then those that it would have chosen while
  // the topic had fewer of them.
  absl::StatusOr<std::vector<RecordRange>> OfKey(const std::string& topic, std::string_view key,
                                                 absl::Time since);

  // What the topic holds now from that time on, partition by partition, also where that is nothing.
  absl::StatusOr<std::vector<RecordRange>> Since(const std::string& topic, absl::Time since);
  // What the topic holds now that the group has not committed yet, of each partition, also where
  // that is nothing; everything where it has committed nothing.
  absl::StatusOr<std::vector<RecordRange>> Uncommitted(const std::string& topic);

  // Calls `take` with each record of the ranges, in order within a partition, the partitions mixed,
  // until it returns false.
  absl::Status Read(const std::vector<RecordRange>& ranges,
                    absl::FunctionRef<bool(const Record&)> take);

 private:
  struct ClientDeleter {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  };

  explicit TopicReader(rd_kafka_t* client) : client_(client) {}
  absl::StatusOr<int> PartitionsOf(const std::string& topic);
  absl::StatusOr<RecordRange> WholePartition(const TopicPartition& partition);
  absl::StatusOr<RecordRange> PartitionSince(const TopicPartition& partition, absl::Time since);

  std::unique_ptr<rd_kafka_t, ClientDeleter> client_;
};

}  // namespace waybill::kafka
