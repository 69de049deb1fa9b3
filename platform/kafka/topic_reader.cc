#include "platform/kafka/topic_reader.h"

#include <algorithm>
#include <map>

#include "absl/cleanup/cleanup.h"
#include "absl/time/clock.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::kafka {
namespace {

constexpr int kTimeoutMs = 10'000;
constexpr std::size_t kBatch = 1000;

PartitionList MakeList(std::size_t size) {
  return PartitionList(rd_kafka_topic_partition_list_new(static_cast<int>(size)),
                       &rd_kafka_topic_partition_list_destroy);
}

absl::Status StatusOfError(rd_kafka_resp_err_t error, const std::string& what) {
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return absl::OkStatus();
  const std::string message = StrCat(what, ": ", rd_kafka_err2str(error));
  if (error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
      error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC) {
    return absl::NotFoundError(message);
  }
  return absl::UnavailableError(message);
}

// As the relay chooses it.
std::int32_t PartitionOf(std::string_view key, int partitions) {
  // The topic matters only to an empty key, which has no partition of its own.
  return rd_kafka_msg_partitioner_murmur2(nullptr, key.data(), key.size(), partitions, nullptr,
                                          nullptr);
}

}  // namespace

bool MayHold(std::int32_t partition, std::string_view key, int partitions) {
  for (int count = partitions; count > partition; --count) {
    if (PartitionOf(key, count) == partition) return true;
  }
  return false;
}

absl::StatusOr<std::unique_ptr<TopicReader>> TopicReader::Create(const KafkaConfig& config,
                                                                 const std::string& group) {
  ASSIGN_OR_RETURN(Conf conf, MakeConf(config, {{"group.id", group},
                                                {"enable.auto.commit", "false"},
                                                {"enable.partition.eof", "true"},
                                                {"auto.offset.reset", "error"},
                                                {"fetch.error.backoff.ms", "50"},
                                                {"queued.max.messages.kbytes", "32768"}}));
  char error[256];
  rd_kafka_t* const client = rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), error, sizeof(error));
  if (client == nullptr) return absl::InvalidArgumentError(StrCat("kafka: ", error));
  conf.release();
  rd_kafka_poll_set_consumer(client);
  return std::unique_ptr<TopicReader>(new TopicReader(client));
}

absl::StatusOr<int> TopicReader::PartitionsOf(const std::string& topic) {
  rd_kafka_topic_t* const handle = rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr);
  const absl::Cleanup destroy = [handle] { rd_kafka_topic_destroy(handle); };
  const struct rd_kafka_metadata* metadata = nullptr;
  RETURN_IF_ERROR(StatusOfError(rd_kafka_metadata(client_.get(), 0, handle, &metadata, kTimeoutMs),
                                "topic " + topic));
  const absl::Cleanup free = [metadata] { rd_kafka_metadata_destroy(metadata); };
  RETURN_IF_ERROR(StatusOfError(metadata->topics[0].err, "topic " + topic));
  return metadata->topics[0].partition_cnt;
}

absl::StatusOr<RecordRange> TopicReader::WholePartition(const TopicPartition& partition) {
  RecordRange range{.partition = partition};
  RETURN_IF_ERROR(StatusOfError(
      rd_kafka_query_watermark_offsets(client_.get(), partition.topic.c_str(), partition.partition,
                                       &range.first, &range.end, kTimeoutMs),
      StrCat("the ends of ", partition.topic, "/", partition.partition)));
  return range;
}

absl::StatusOr<std::vector<RecordRange>> TopicReader::Whole(const std::string& topic) {
  ASSIGN_OR_RETURN(const int partitions, PartitionsOf(topic));
  std::vector<RecordRange> ranges;
  for (int i = 0; i < partitions; ++i) {
    ASSIGN_OR_RETURN(RecordRange range, WholePartition({topic, i}));
    ranges.push_back(std::move(range));
  }
  return ranges;
}

absl::StatusOr<RecordRange> TopicReader::PartitionSince(const TopicPartition& partition,
                                                        absl::Time since) {
  ASSIGN_OR_RETURN(RecordRange range, WholePartition(partition));
  const PartitionList list = MakeList(1);
  rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition)
      ->offset = absl::ToUnixMillis(since);
  RETURN_IF_ERROR(
      StatusOfError(rd_kafka_offsets_for_times(client_.get(), list.get(), kTimeoutMs),
                    StrCat("the offset of a time in ", partition.topic, "/", partition.partition)));
  // Negative: nothing is that new.
  range.first = list->elems[0].offset < 0 ? range.end : list->elems[0].offset;
  return range;
}

absl::StatusOr<std::vector<RecordRange>> TopicReader::OfKey(const std::string& topic,
                                                            std::string_view key,
                                                            absl::Time since) {
  ASSIGN_OR_RETURN(const int partitions, PartitionsOf(topic));
  std::vector<RecordRange> ranges;
  for (int count = partitions; count > 0; --count) {
    const TopicPartition partition{topic, PartitionOf(key, count)};
    const bool known =
        std::ranges::find(ranges, partition, &RecordRange::partition) != ranges.end();
    if (known) continue;
    ASSIGN_OR_RETURN(RecordRange range, PartitionSince(partition, since));
    ranges.push_back(std::move(range));
  }
  return ranges;
}

absl::StatusOr<std::vector<RecordRange>> TopicReader::Since(const std::string& topic,
                                                            absl::Time since) {
  ASSIGN_OR_RETURN(const int partitions, PartitionsOf(topic));
  std::vector<RecordRange> ranges;
  for (int i = 0; i < partitions; ++i) {
    ASSIGN_OR_RETURN(RecordRange range, PartitionSince({topic, i}, since));
    ranges.push_back(std::move(range));
  }
  return ranges;
}

absl::StatusOr<std::vector<RecordRange>> TopicReader::Uncommitted(const std::string& topic) {
  ASSIGN_OR_RETURN(std::vector<RecordRange> ranges, Whole(topic));
  const PartitionList list = MakeList(ranges.size());
  for (const RecordRange& range : ranges) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), range.partition.partition);
  }
  RETURN_IF_ERROR(StatusOfError(rd_kafka_committed(client_.get(), list.get(), kTimeoutMs),
                                "committed offsets of " + topic));
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    RecordRange& range = ranges[i];
    // Negative: nothing is committed.
    range.first = std::clamp(list->elems[i].offset, range.first, range.end);
  }
  return ranges;
}

absl::Status TopicReader::Read(const std::vector<RecordRange>& ranges,
                               absl::FunctionRef<bool(const Record&)> take) {
  std::map<TopicPartition, std::int64_t> ends;
  const PartitionList list = MakeList(ranges.size());
  for (const RecordRange& range : ranges) {
    if (range.first >= range.end) continue;
    ends[range.partition] = range.end;
    rd_kafka_topic_partition_list_add(list.get(), range.partition.topic.c_str(),
                                      range.partition.partition)
        ->offset = range.first;
  }
  RETURN_IF_ERROR(StatusOfError(rd_kafka_assign(client_.get(), list.get()), "assign"));
  const absl::Cleanup unassign = [this] { rd_kafka_assign(client_.get(), nullptr); };
  rd_kafka_queue_t* const queue = rd_kafka_queue_get_consumer(client_.get());
  const absl::Cleanup destroy = [queue] { rd_kafka_queue_destroy(queue); };

  absl::Time give_up = absl::Now() + absl::Milliseconds(kTimeoutMs);
  std::vector<rd_kafka_message_t*> batch(kBatch);
  // Records come in runs of one partition; looking each one up by name would cost as much as it.
  auto end = ends.end();
  const rd_kafka_topic_t* run_topic = nullptr;
  std::int32_t run_partition = -1;
  while (!ends.empty()) {
    const ssize_t count = rd_kafka_consume_batch_queue(queue, 100, batch.data(), batch.size());
    if (count > 0) give_up = absl::Now() + absl::Milliseconds(kTimeoutMs);
    if (absl::Now() > give_up) return absl::UnavailableError("the broker sends no records");
    for (ssize_t i = 0; i < count; ++i) {
      const Record record(batch[i]);
      const rd_kafka_resp_err_t error = batch[i]->err;
      // Errors of a broker that passes are librdkafka's to mend.
      if (batch[i]->rkt == nullptr) continue;
      if (batch[i]->rkt != run_topic || batch[i]->partition != run_partition) {
        end = ends.find(record.topic_partition());
        run_topic = batch[i]->rkt;
        run_partition = batch[i]->partition;
      }
      if (end == ends.end()) continue;
      const bool past = record.offset() >= end->second;
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR && !past && !take(record)) {
        ends.clear();
        end = ends.end();
      }
      if (error == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
        return absl::UnavailableError(StrCat("records of ", record.topic(), "/", record.partition(),
                                             " went away while they were read (retention)"));
      }
      if (ends.empty()) continue;
      if (past || error == RD_KAFKA_RESP_ERR__PARTITION_EOF ||
          (error == RD_KAFKA_RESP_ERR_NO_ERROR && record.offset() + 1 >= end->second)) {
        ends.erase(end);
        end = ends.end();
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace waybill::kafka
