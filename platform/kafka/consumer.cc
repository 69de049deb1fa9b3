#include "platform/kafka/consumer.h"

#include <algorithm>

#include "platform/log/log.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::kafka {
namespace {

constexpr int kCommittedTimeoutMs = 1000;
constexpr std::size_t kMaxPollBytes = 16 * 1024 * 1024;

PartitionList ListOf(const TopicPartition& partition, std::int64_t offset) {
  PartitionList list(rd_kafka_topic_partition_list_new(1), &rd_kafka_topic_partition_list_destroy);
  rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition)
      ->offset = offset;
  return list;
}

PartitionList ListOf(const std::set<TopicPartition>& partitions) {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())),
                     &rd_kafka_topic_partition_list_destroy);
  for (const TopicPartition& partition : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition);
  }
  return list;
}

absl::Status LagError(rd_kafka_resp_err_t error) {
  return absl::UnavailableError(StrCat("consumer lag: ", rd_kafka_err2str(error)));
}

// ListOffsets takes these in place of a timestamp (Kafka's protocol guide, ListOffsets).
constexpr std::int64_t kLatest = -1;
constexpr std::int64_t kEarliest = -2;

// The partitions of `of`, in their order, with their first or last offsets.
absl::StatusOr<PartitionList> OffsetsAt(rd_kafka_t* client,
                                        const rd_kafka_topic_partition_list_t* of,
                                        std::int64_t where, int timeout_ms) {
  PartitionList list(rd_kafka_topic_partition_list_copy(of),
                     &rd_kafka_topic_partition_list_destroy);
  for (int i = 0; i < list->cnt; ++i) list->elems[i].offset = where;
  const rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(client, list.get(), timeout_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return LagError(error);
  for (int i = 0; i < list->cnt; ++i) {
    if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) return LagError(list->elems[i].err);
  }
  return list;
}

}  // namespace

absl::Time Record::timestamp() const {
  rd_kafka_timestamp_type_t type;
  const std::int64_t ms = rd_kafka_message_timestamp(message_.get(), &type);
  return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? absl::UnixEpoch() : absl::FromUnixMillis(ms);
}

std::optional<std::string_view> Record::key() const {
  if (message_->key == nullptr) return std::nullopt;
  return std::string_view(static_cast<const char*>(message_->key), message_->key_len);
}

std::optional<std::string_view> Record::Header(const char* name) const {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message_.get(), &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  const void* value = nullptr;
  std::size_t size = 0;
  if (rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  return std::string_view(static_cast<const char*>(value), size);
}

std::vector<std::pair<std::string, std::string>> Record::Headers() const {
  std::vector<std::pair<std::string, std::string>> all;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message_.get(), &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return all;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    all.emplace_back(name, std::string(static_cast<const char*>(value), size));
  }
  return all;
}

absl::StatusOr<std::unique_ptr<Consumer>> Consumer::Create(const KafkaConfig& config,
                                                           const std::string& group,
                                                           const std::vector<std::string>& topics) {
  // `range` because cooperative-sticky loses partitions in librdkafka 2.0.2; `error` because
  // librdkafka would skip what was deleted without a word.
  ASSIGN_OR_RETURN(Conf conf, MakeConf(config, {{"group.id", group},
                                                {"enable.auto.commit", "true"},
                                                {"auto.commit.interval.ms", "1000"},
                                                {"enable.auto.offset.store", "false"},
                                                {"auto.offset.reset", "error"},
                                                {"partition.assignment.strategy", "range"},
                                                {"session.timeout.ms", "10000"},
                                                {"heartbeat.interval.ms", "2000"},
                                                {"fetch.wait.max.ms", "500"},
                                                {"fetch.error.backoff.ms", "20"},
                                                {"topic.metadata.refresh.interval.ms", "10000"},
                                                {"allow.auto.create.topics", "false"},
                                                {"enable.partition.eof", "true"},
                                                {"queued.max.messages.kbytes", "16384"}}));
  auto consumer = std::unique_ptr<Consumer>(new Consumer(nullptr));
  rd_kafka_conf_set_opaque(conf.get(), consumer.get());
  rd_kafka_conf_set_rebalance_cb(conf.get(), &Consumer::OnRebalance);
  char error[256];
  consumer->client_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), error, sizeof error);
  if (consumer->client_ == nullptr) {
    return absl::InvalidArgumentError(StrCat("Kafka consumer: ", error));
  }
  static_cast<void>(conf.release());  // the client owns it now
  rd_kafka_poll_set_consumer(consumer->client_);

  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())),
                     &rd_kafka_topic_partition_list_destroy);
  for (const std::string& topic : topics) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  const rd_kafka_resp_err_t subscribed = rd_kafka_subscribe(consumer->client_, list.get());
  if (subscribed != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return absl::InvalidArgumentError(
        StrCat("subscribe as ", group, ": ", rd_kafka_err2str(subscribed)));
  }
  return consumer;
}

Consumer::~Consumer() {
  if (client_ == nullptr) return;
  rd_kafka_consumer_close(client_);
  rd_kafka_destroy(client_);
}

void Consumer::OnRebalance(rd_kafka_t* client, rd_kafka_resp_err_t event,
                           rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  auto* self = static_cast<Consumer*>(opaque);
  ++self->rebalances_;
  const bool assigned = event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
  log::Info(assigned ? "partitions assigned" : "partitions revoked",
            {{"partitions", partitions->cnt}});
  self->out_of_range_.clear();
  self->positions_.reset();
  self->to_assign_.reset(assigned ? rd_kafka_topic_partition_list_copy(partitions) : nullptr);
  if (!assigned) rd_kafka_assign(client, nullptr);
}

void Consumer::Assign() {
  rd_kafka_resp_err_t error = FindStarts();
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = rd_kafka_assign(client_, to_assign_.get());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    // Also offsets that are committed already: librdkafka skips those below its own last commit, and in a
    // cluster that was made anew all of them are below.
    rd_kafka_commit(client_, to_assign_.get(), /*async=*/1);
    positions_.emplace();
    for (int i = 0; i < to_assign_->cnt; ++i) {
      const rd_kafka_topic_partition_t& partition = to_assign_->elems[i];
      positions_->insert({{partition.topic, partition.partition}, partition.offset});
    }
    to_assign_.reset();
    out_of_range_.clear();
    told_error_.clear();
    group_refusal_ = RD_KAFKA_RESP_ERR_NO_ERROR;
    ++rebalances_;
  } else if (told_error_ != rd_kafka_err2str(error)) {
    told_error_ = rd_kafka_err2str(error);
    log::Warn("the committed offsets can't be read yet; the query is retried",
              {{"error", told_error_}});
  }
}

rd_kafka_resp_err_t Consumer::FindStarts() {
  rd_kafka_resp_err_t error = rd_kafka_committed(client_, to_assign_.get(), kCommittedTimeoutMs);
  for (int i = 0; i < to_assign_->cnt && error == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    rd_kafka_topic_partition_t& one = to_assign_->elems[i];
    error = one.err;
    const auto position = out_of_range_.find({one.topic, one.partition});
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR || position == out_of_range_.end()) continue;
    error = FindFirst(position->first, position->second, one.offset);
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
  return StartUncommitted();
}

rd_kafka_resp_err_t Consumer::StartUncommitted() {
  const PartitionList uncommitted(rd_kafka_topic_partition_list_new(to_assign_->cnt),
                                  &rd_kafka_topic_partition_list_destroy);
  for (int i = 0; i < to_assign_->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = to_assign_->elems[i];
    if (one.offset != RD_KAFKA_OFFSET_INVALID) continue;
    rd_kafka_topic_partition_list_add(uncommitted.get(), one.topic, one.partition)->offset =
        kEarliest;
  }
  if (uncommitted->cnt == 0) return RD_KAFKA_RESP_ERR_NO_ERROR;
  const rd_kafka_resp_err_t error =
      rd_kafka_offsets_for_times(client_, uncommitted.get(), kCommittedTimeoutMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
  for (int i = 0; i < uncommitted->cnt; ++i) {
    const rd_kafka_topic_partition_t& first = uncommitted->elems[i];
    // A partition without a leader holds up none of the others; librdkafka finds its start later.
    const bool is_known = first.err == RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_topic_partition_list_set_offset(to_assign_.get(), first.topic, first.partition,
                                             is_known ? first.offset : RD_KAFKA_OFFSET_BEGINNING);
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t Consumer::FindFirst(const TopicPartition& partition, std::int64_t position,
                                        std::int64_t& first) {
  std::int64_t end = 0;
  const rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
      client_, partition.topic.c_str(), partition.partition, &first, &end, kCommittedTimeoutMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
  if (position >= 0 && position < first) {
    log::Error(
        "records were deleted before the consumer has read them; docs/runbooks/RecordsExpired.md"
        " says how their events come back",
        {{"topic", partition.topic},
         {"partition", partition.partition},
         {"first_offset", position},
         {"records", first - position}});
    expired_.push_back({partition, position, first - position});
  } else {
    log::Warn(
        "the partition has no record where the consumer should continue, because it was made"
        " anew or lost its end: the consumer reads it from its beginning",
        {{"topic", partition.topic}, {"partition", partition.partition}, {"offset", position}});
  }
  return error;
}

void Consumer::Restart(const rd_kafka_message_t& message) {
  out_of_range_[{rd_kafka_topic_name(message.rkt), message.partition}] = message.offset;
  rd_kafka_topic_partition_list_t* assigned = nullptr;
  if (to_assign_ || rd_kafka_assignment(client_, &assigned) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  to_assign_.reset(assigned);
}

void Consumer::MoveTo(const rd_kafka_message_t& message, std::int64_t next_offset) {
  if (positions_) {
    (*positions_)[{rd_kafka_topic_name(message.rkt), message.partition}] = next_offset;
  }
}

std::vector<Record> Consumer::Poll(absl::Duration timeout, int max_records) {
  std::vector<Record> records;
  std::size_t bytes = 0;
  if (to_assign_) Assign();
  int timeout_ms = static_cast<int>(absl::ToInt64Milliseconds(timeout));
  while (static_cast<int>(records.size()) < max_records && bytes < kMaxPollBytes) {
    const int rebalances_before = rebalances_;
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client_, timeout_ms);
    // The callback runs inside the poll, before the message it returns: what came earlier was
    // revoked.
    if (rebalances_ != rebalances_before) records.clear();
    if (message == nullptr) break;
    timeout_ms = 0;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      // The end may lie behind the last record: transactions leave marks that are none.
      MoveTo(*message, message->offset);
      rd_kafka_message_destroy(message);
      continue;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
        Restart(*message);
        rd_kafka_message_destroy(message);
        break;
      }
      // librdkafka recovers on its own from what it reports here (a broker or a topic away), or once an
      // operator has mended it.
      if (message->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
        group_refusal_ = message->err;
      }
      log::Warn("librdkafka reports an error while consuming",
                {{"error", rd_kafka_message_errstr(message)}});
      rd_kafka_message_destroy(message);
      continue;
    }
    bytes += message->len;
    MoveTo(*message, message->offset + 1);
    records.emplace_back(message);
  }
  return records;
}

std::set<TopicPartition> Consumer::Assigned() const {
  rd_kafka_topic_partition_list_t* assigned = nullptr;
  if (rd_kafka_assignment(client_, &assigned) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const PartitionList list(assigned, &rd_kafka_topic_partition_list_destroy);
  std::set<TopicPartition> partitions;
  for (int i = 0; i < list->cnt; ++i) {
    partitions.insert({list->elems[i].topic, list->elems[i].partition});
  }
  return partitions;
}

void Consumer::Pause(const std::set<TopicPartition>& partitions) {
  rd_kafka_pause_partitions(client_, ListOf(partitions).get());
}

void Consumer::Resume(const std::set<TopicPartition>& partitions) {
  rd_kafka_resume_partitions(client_, ListOf(partitions).get());
}

void Consumer::StoreOffset(const TopicPartition& partition, std::int64_t next_offset) {
  // Fails for a partition that has just been revoked; its next owner finds the ids in the inbox.
  rd_kafka_offsets_store(client_, ListOf(partition, next_offset).get());
}

absl::Status Consumer::UseCredentials(const KafkaConfig& config) {
  const auto user = config.properties.find("sasl.username");
  const auto password = config.properties.find("sasl.password");
  if (user == config.properties.end() || password == config.properties.end()) {
    return absl::OkStatus();
  }
  const std::unique_ptr<rd_kafka_error_t, decltype(&rd_kafka_error_destroy)> error(
      rd_kafka_sasl_set_credentials(client_, user->second.c_str(), password->second.c_str()),
      &rd_kafka_error_destroy);
  if (error == nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(
      StrCat("kafka: sasl.password: ", rd_kafka_error_string(error.get())));
}

absl::StatusOr<std::map<TopicPartition, PartitionRange>> Consumer::MeasureRanges(
    absl::Duration timeout) const {
  const int timeout_ms = static_cast<int>(absl::ToInt64Milliseconds(timeout));
  rd_kafka_topic_partition_list_t* list = nullptr;
  if (const auto error = rd_kafka_assignment(client_, &list); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return LagError(error);
  }
  const PartitionList assigned(list, &rd_kafka_topic_partition_list_destroy);
  std::map<TopicPartition, PartitionRange> ranges;
  if (assigned->cnt == 0) return ranges;
  ASSIGN_OR_RETURN(const PartitionList first,
                   OffsetsAt(client_, assigned.get(), kEarliest, timeout_ms));
  ASSIGN_OR_RETURN(const PartitionList last,
                   OffsetsAt(client_, assigned.get(), kLatest, timeout_ms));
  for (int i = 0; i < assigned->cnt; ++i) {
    ranges[{assigned->elems[i].topic, assigned->elems[i].partition}] = {first->elems[i].offset,
                                                                        last->elems[i].offset};
  }
  return ranges;
}

absl::StatusOr<std::vector<PartitionLag>> Consumer::MeasureLag(absl::Duration timeout) const {
  // Who may not be in the group is assigned nothing, which would look like no lag.
  if (const auto refusal = group_refusal_.load(); refusal != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return LagError(refusal);
  }
  const int timeout_ms = static_cast<int>(absl::ToInt64Milliseconds(timeout));
  rd_kafka_topic_partition_list_t* assigned = nullptr;
  if (const auto error = rd_kafka_assignment(client_, &assigned);
      error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return LagError(error);
  }
  const PartitionList committed(assigned, &rd_kafka_topic_partition_list_destroy);
  if (committed->cnt == 0) return std::vector<PartitionLag>();
  if (const auto error = rd_kafka_committed(client_, committed.get(), timeout_ms);
      error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return LagError(error);
  }
  ASSIGN_OR_RETURN(const PartitionList last,
                   OffsetsAt(client_, committed.get(), kLatest, timeout_ms));
  ASSIGN_OR_RETURN(const PartitionList first,
                   OffsetsAt(client_, committed.get(), kEarliest, timeout_ms));
  std::vector<PartitionLag> lags;
  for (int i = 0; i < committed->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = committed->elems[i];
    // Nothing committed, or what was has been deleted since: reading begins at the first record.
    const std::int64_t next = std::max(one.offset, first->elems[i].offset);
    lags.push_back({.partition = {one.topic, one.partition},
                    .records = std::max<std::int64_t>(0, last->elems[i].offset - next)});
  }
  return lags;
}

}  // namespace waybill::kafka
