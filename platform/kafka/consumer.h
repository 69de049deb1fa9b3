// Consumer is a member of a consumer group. It reads in batches and commits only what StoreOffset
// marks as done.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/kafka/client_config.h"

namespace waybill::kafka {

struct TopicPartition {
  std::string topic;
  std::int32_t partition = 0;

  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

// What a partition holds: from its first record to before `end`.
struct PartitionRange {
  std::int64_t first = 0;
  std::int64_t end = 0;
};

// How far the consumption of a partition is behind.
struct PartitionLag {
  TopicPartition partition;
  // Records after the last committed offset.
  std::int64_t records = 0;
};

// Records that the broker has deleted before the group has read them.
struct ExpiredRecords {
  TopicPartition partition;
  // The offset of the first of them.
  std::int64_t first = 0;
  std::int64_t records = 0;
};

// One record. Owns librdkafka's message; the views live as long as it does.
class Record {
 public:
  explicit Record(rd_kafka_message_t* message) : message_(message, &rd_kafka_message_destroy) {}

  std::string_view topic() const { return rd_kafka_topic_name(message_->rkt); }
  std::int32_t partition() const { return message_->partition; }
  TopicPartition topic_partition() const { return {std::string(topic()), partition()}; }
  std::int64_t offset() const { return message_->offset; }
  // The producer's or the broker's clock; the epoch where the record has none.
  absl::Time timestamp() const;
  std::optional<std::string_view> key() const;
  std::string_view payload() const {
    return {static_cast<const char*>(message_->payload), message_->len};
  }
  // The last header of that name, as Kafka's own clients read them.
  std::optional<std::string_view> Header(const char* name) const;
  // All, in their order; a header without a value is empty.
  std::vector<std::pair<std::string, std::string>> Headers() const;

 private:
  std::unique_ptr<rd_kafka_message_t, decltype(&rd_kafka_message_destroy)> message_;
};

using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                      decltype(&rd_kafka_topic_partition_list_destroy)>;

// Not thread-safe, but for MeasureLag, MeasureRanges and UseCredentials: one thread polls, pauses and commits.
// Destroying it leaves the group (at most about 10 s).
//
// The consumer itself queries the committed offset of each partition, and retries until the group's
// coordinator answers: librdkafka queries once, and if the coordinator has moved meanwhile it never
// fetches from that partition (github.com/confluentinc/librdkafka/issues/5586).
//
// Where the next record of a partition is no longer there, all partitions are assigned anew, that one
// from its first record on, and TakeExpired says what is missing.
class Consumer {
 public:
  // Subscribes; the group is joined in Poll. kInvalidArgument: a setting librdkafka refuses.
  static absl::StatusOr<std::unique_ptr<Consumer>> Create(const KafkaConfig& config,
                                                          const std::string& group,
                                                          const std::vector<std::string>& topics);
  ~Consumer();

  // Waits up to `timeout` for a record, then takes what else is there, up to `max_records` or about
  // 16 MiB. Must be called at least every five minutes, paused or not, or the group removes this
  // member.
  std::vector<Record> Poll(absl::Duration timeout, int max_records);

  // Returns whether partitions were assigned or revoked since the last call. If so, the records of
  // the last Poll belong to the new assignment, and those of earlier ones no longer belong to this
  // member.
  bool TakeRebalanced() { return std::exchange(told_rebalances_, rebalances_) != rebalances_; }

  // What was found to be missing since the last call.
  std::vector<ExpiredRecords> TakeExpired() { return std::exchange(expired_, {}); }

  // For each partition, the lowest offset that the next record from Poll can have. Nothing while
  // no partitions are assigned to this member, and no entry where it got none.
  const std::optional<std::map<TopicPartition, std::int64_t>>& Positions() const {
    return positions_;
  }

  // The assigned partitions, paused or not.
  std::set<TopicPartition> Assigned() const;
  // Stops, and restarts, fetching from these partitions; those that aren't assigned are ignored.
  // Records that Poll has returned are not affected.
  void Pause(const std::set<TopicPartition>& partitions);
  void Resume(const std::set<TopicPartition>& partitions);
  // Marks everything before `next_offset` as done; committed to the broker in the background each
  // second and when the partition is revoked.
  void StoreOffset(const TopicPartition& partition, std::int64_t next_offset);

  // Logs in with the configuration's "sasl.username" and "sasl.password" for new connections; does nothing if
  // either is missing. Any thread, like MeasureLag. kInvalidArgument: librdkafka refuses them: its mechanism has no password.
  absl::Status UseCredentials(const KafkaConfig& config);

  // The lag of each assigned partition, paused or not: the broker is queried for the committed
  // and the last offsets, in a few requests whatever the number of partitions. May be called from
  // another thread while the consumer lives. Blocks for at most three times `timeout`.
  // kUnavailable: no answer by then, or the broker doesn't let this user into the group.
  absl::StatusOr<std::vector<PartitionLag>> MeasureLag(absl::Duration timeout) const;
  // What each assigned partition holds. Threads and errors as MeasureLag; blocks for at most twice
  // `timeout`.
  absl::StatusOr<std::map<TopicPartition, PartitionRange>> MeasureRanges(
      absl::Duration timeout) const;

 private:
  explicit Consumer(rd_kafka_t* client) : client_(client) {}
  static void OnRebalance(rd_kafka_t* client, rd_kafka_resp_err_t event,
                          rd_kafka_topic_partition_list_t* partitions, void* opaque);

  // Begins to fetch from to_assign_ once the brokers say from where, and commits these offsets, so that
  // the group knows what it has yet to read of every partition. Blocks for at most 2 s, and another one
  // for each partition of out_of_range_.
  void Assign();
  // Sets where to_assign_ starts: at the committed offset, or at the first record where there is none and in
  // the partitions of out_of_range_.
  rd_kafka_resp_err_t FindStarts();
  rd_kafka_resp_err_t StartUncommitted();
  // The first record of a partition, in which there is none at `position`.
  rd_kafka_resp_err_t FindFirst(const TopicPartition& partition, std::int64_t position,
                                std::int64_t& first);
  // Assigns all partitions anew, because the broker has no record at the message's offset.
  void Restart(const rd_kafka_message_t& message);
  void MoveTo(const rd_kafka_message_t& message, std::int64_t next_offset);

  rd_kafka_t* client_;
  int rebalances_ = 0;
  int told_rebalances_ = 0;
  // Partitions that the group has assigned and that aren't fetched from yet; null without any.
  PartitionList to_assign_{nullptr, &rd_kafka_topic_partition_list_destroy};
  // Of partitions that have no record where it should continue: that position.
  std::map<TopicPartition, std::int64_t> out_of_range_;
  std::vector<ExpiredRecords> expired_;
  std::optional<std::map<TopicPartition, std::int64_t>> positions_;
  // The last error of that query, as logged; "" when there was none.
  std::string told_error_;
  // Since the last assignment: RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, or no error.
  std::atomic<rd_kafka_resp_err_t> group_refusal_ = RD_KAFKA_RESP_ERR_NO_ERROR;
};

}  // namespace waybill::kafka
