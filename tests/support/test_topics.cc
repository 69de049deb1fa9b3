#include "tests/support/test_topics.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <iostream>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "platform/events/topics.h"
#include "platform/kafka/admin.h"
#include "platform/types/uuid.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

constexpr int kTimeoutMs = 20'000;

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) throw std::runtime_error(value.status().ToString());
  return *std::move(value);
}

void Check(rd_kafka_resp_err_t error, const std::string& what) {
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error(what + ": " + rd_kafka_err2str(error));
  }
}

std::string UniquePrefix() {
  // The end of a new UUID is random.
  return "t" + Uuid::NewV7().ToString().substr(24) + ".";
}

struct ClientDeleter {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Client = std::unique_ptr<rd_kafka_t, ClientDeleter>;

Client MakeClient(rd_kafka_type_t type, const kafka::KafkaConfig& config,
                  const std::map<std::string, std::string>& settings) {
  kafka::Conf conf = Must(kafka::MakeConf(config, settings));
  char error[256];
  Client client(rd_kafka_new(type, conf.get(), error, sizeof(error)));
  if (client == nullptr) throw std::runtime_error(error);
  conf.release();
  return client;
}

// Returns the number of the topic's partitions that have a leader; 0 if the broker doesn't know it
// yet.
int LedPartitions(rd_kafka_t* client, const std::string& full_name) {
  rd_kafka_topic_t* topic = rd_kafka_topic_new(client, full_name.c_str(), nullptr);
  const struct rd_kafka_metadata* metadata = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, topic, &metadata, kTimeoutMs);
  rd_kafka_topic_destroy(topic);
  Check(error, "fetching the metadata of " + full_name);
  int led = 0;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const rd_kafka_metadata_topic& found = metadata->topics[i];
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    led += static_cast<int>(
        std::count_if(found.partitions, found.partitions + found.partition_cnt,
                      [](const auto& partition) { return partition.leader >= 0; }));
  }
  rd_kafka_metadata_destroy(metadata);
  return led;
}

Record ToRecord(const rd_kafka_message_t& message, const std::string& topic) {
  Record record;
  record.topic = topic;
  record.partition = message.partition;
  record.offset = message.offset;
  if (message.key != nullptr)
    record.key.emplace(static_cast<const char*>(message.key), message.key_len);
  if (message.payload != nullptr) {
    record.payload.emplace(static_cast<const char*>(message.payload), message.len);
  }
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      record.headers.emplace_back(name, std::string(static_cast<const char*>(value), size));
    }
  }
  return record;
}

// Reads every partition of one topic from its beginning, continuously.
class TopicReader {
 public:
  TopicReader(const kafka::KafkaConfig& config, std::string topic)
      : topic_(std::move(topic)),
        full_name_(config.topic_prefix + topic_),
        client_(MakeClient(RD_KAFKA_CONSUMER, config,
                           {{"group.id", "tests"},
                            {"enable.auto.commit", "false"},
                            {"enable.partition.eof", "false"},
                            {"auto.offset.reset", "earliest"},
                            {"fetch.wait.max.ms", "20"},
                            {"fetch.error.backoff.ms", "10"}})) {
    // A broker that has just started takes a while to lead.
    WaitUntil(
        [this] {
          partitions_ = LedPartitions(client_.get(), full_name_);
          return partitions_ > 0;
        },
        "topic " + full_name_, absl::Seconds(20));
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(partitions_);
    for (int i = 0; i < partitions_; ++i) {
      rd_kafka_topic_partition_list_add(list, full_name_.c_str(), i)->offset =
          RD_KAFKA_OFFSET_BEGINNING;
    }
    const rd_kafka_resp_err_t error = rd_kafka_assign(client_.get(), list);
    rd_kafka_topic_partition_list_destroy(list);
    Check(error, "assigning " + full_name_);
  }

  // Appends the records that have been written since the last call.
  void CatchUp(std::vector<Record>& records) {
    std::int64_t left = 0;
    for (int i = 0; i < partitions_; ++i) {
      std::int64_t low = 0, high = 0;
      // A broker that has just restarted may not know yet that it leads the partition.
      WaitUntil(
          [&] {
            Check(rd_kafka_query_watermark_offsets(client_.get(), full_name_.c_str(), i, &low,
                                                   &high, kTimeoutMs),
                  "querying the end of " + full_name_);
            return true;
          },
          "the end of " + full_name_);
      left += high - low;
    }
    left -= static_cast<std::int64_t>(records.size());
    const absl::Time deadline = absl::Now() + kPatience;
    while (left > 0) {
      rd_kafka_message_t* message = rd_kafka_consumer_poll(client_.get(), 100);
      if (message != nullptr && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        records.push_back(ToRecord(*message, topic_));
        --left;
      }
      if (message != nullptr) rd_kafka_message_destroy(message);
      if (absl::Now() > deadline) {
        throw std::runtime_error(
            absl::StrCat("could not read ", left, " more records of ", full_name_));
      }
    }
  }

 private:
  const std::string topic_;
  const std::string full_name_;
  const Client client_;
  int partitions_ = 0;
};

std::vector<Record> Sorted(std::vector<Record> records) {
  std::sort(records.begin(), records.end(), [](const Record& a, const Record& b) {
    return std::pair(a.partition, a.offset) < std::pair(b.partition, b.offset);
  });
  return records;
}

// Calls `request` with a queue for its answer, and waits for that.
void Administer(rd_kafka_t* client, const std::string& what,
                const std::function<void(rd_kafka_queue_t*)>& request) {
  const std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)> queue(
      rd_kafka_queue_new(client), &rd_kafka_queue_destroy);
  request(queue.get());
  const std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)> answer(
      rd_kafka_queue_poll(queue.get(), kTimeoutMs), &rd_kafka_event_destroy);
  if (answer == nullptr) throw std::runtime_error(what + ": no answer");
  Check(rd_kafka_event_error(answer.get()), what);
}

void ProduceOne(rd_kafka_t* client, const std::string& full_name, const Record& record) {
  rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size());
  for (const auto& [name, value] : record.headers) {
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  std::string payload = record.payload.value_or("");
  std::string key = record.key.value_or("");
  const rd_kafka_resp_err_t error = rd_kafka_producev(
      client, RD_KAFKA_V_TOPIC(full_name.c_str()), RD_KAFKA_V_PARTITION(record.partition),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_VALUE((record.payload ? payload.data() : nullptr), payload.size()),
      RD_KAFKA_V_KEY((record.key ? key.data() : nullptr), key.size()), RD_KAFKA_V_HEADERS(headers),
      RD_KAFKA_V_END);
  // On success the message owns the headers.
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_headers_destroy(headers);
  Check(error, "writing to " + full_name);
}

void CountFailures(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* opaque) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    *static_cast<std::string*>(opaque) = rd_kafka_err2str(message->err);
  }
}

}  // namespace

std::string Record::Header(const std::string& name) const {
  for (const auto& [header, value] : headers) {
    if (header == name) return value;
  }
  return "";
}

TestTopics::TestTopics(TestStack stack) : TestTopics(std::move(stack), UniquePrefix()) {}

TestTopics::TestTopics(TestStack stack, std::string prefix)
    : stack_(std::move(stack)),
      prefix_(std::move(prefix)),
      config_{.brokers = stack_.brokers, .topic_prefix = prefix_, .properties = {}} {}

// Requests the deletion and doesn't wait long: a broker that a test has killed must not fail the
// test.
TestTopics::~TestTopics() {
  if (created_.empty()) return;
  const absl::StatusOr<kafka::Conf> conf = kafka::MakeConf(config_, {});
  if (!conf.ok()) return;
  const Client client = MakeClient(RD_KAFKA_PRODUCER, config_, {});
  rd_kafka_queue_t* queue = rd_kafka_queue_new(client.get());
  std::vector<rd_kafka_DeleteTopic_t*> requests;
  for (const std::string& name : created_)
    requests.push_back(rd_kafka_DeleteTopic_new(name.c_str()));
  rd_kafka_DeleteTopics(client.get(), requests.data(), requests.size(), nullptr, queue);
  if (rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 5000); event != nullptr) {
    rd_kafka_event_destroy(event);
  }
  rd_kafka_DeleteTopic_destroy_array(requests.data(), requests.size());
  rd_kafka_queue_destroy(queue);
}

void TestTopics::Create(const std::vector<std::string>& names, int partitions) {
  std::vector<kafka::NewTopic> topics;
  for (const std::string& name : names) {
    topics.push_back({.name = prefix_ + name, .partitions = partitions, .replication = 1});
    created_.push_back(prefix_ + name);
  }
  const absl::Status status = kafka::CreateTopics(config_, topics, kPatience);
  if (!status.ok()) throw std::runtime_error(status.ToString());
  // A topic exists before its partitions have leaders.
  const Client client = MakeClient(RD_KAFKA_PRODUCER, config_, {});
  for (const kafka::NewTopic& topic : topics) {
    WaitUntil([&] { return LedPartitions(client.get(), topic.name) == partitions; },
              "leaders of " + topic.name);
  }
}

void TestTopics::CreateAll() {
  Create({events::kOrdersTopic, events::kPaymentsTopic, events::kInventoryTopic});
  Create({events::kOrderDlqTopic, events::kPaymentDlqTopic, events::kInventoryDlqTopic,
          events::kNotificationDlqTopic},
         1);
}

std::vector<Record> TestTopics::ReadAll(const std::string& topic) const {
  std::vector<Record> records;
  TopicReader(config_, topic).CatchUp(records);
  return Sorted(std::move(records));
}

std::vector<Record> TestTopics::ReadUntil(
    const std::string& topic, const std::function<bool(const std::vector<Record>&)>& done,
    const std::string& what, absl::Duration patience) const {
  std::vector<Record> records;
  TopicReader reader(config_, topic);
  const auto satisfied = [&] {
    reader.CatchUp(records);
    return done(Sorted(records));
  };
  const ::testing::AssertionResult result = Eventually(satisfied, what, patience);
  if (!result) {
    std::string message =
        absl::StrCat(result.message(), "; ", topic, " holds ", records.size(), " records");
    for (std::size_t i = 0; i < std::min<std::size_t>(records.size(), 20); ++i) {
      absl::StrAppend(&message, "\n  ", records[i].key.value_or("(no key)"), " ",
                      records[i].payload.value_or("(no payload)").substr(0, 200));
    }
    throw std::runtime_error(message);
  }
  return Sorted(std::move(records));
}

std::vector<Record> TestTopics::ReadCount(const std::string& topic, std::size_t count) const {
  return ReadUntil(
      topic, [count](const std::vector<Record>& records) { return records.size() >= count; },
      absl::StrCat(count, " records in ", topic));
}

void TestTopics::Delete(const std::string& topic) const {
  const Client client = MakeClient(RD_KAFKA_PRODUCER, config_, {});
  const std::string full_name = prefix_ + topic;
  rd_kafka_DeleteTopic_t* request = rd_kafka_DeleteTopic_new(full_name.c_str());
  Administer(client.get(), "deleting " + full_name, [&](rd_kafka_queue_t* queue) {
    rd_kafka_DeleteTopics(client.get(), &request, 1, nullptr, queue);
  });
  rd_kafka_DeleteTopic_destroy(request);
  WaitUntil([&] { return LedPartitions(client.get(), full_name) == 0; }, "the end of " + full_name);
}

void TestTopics::DeleteRecords(const std::string& topic) const {
  const Client client = MakeClient(RD_KAFKA_PRODUCER, config_, {});
  const std::string full_name = prefix_ + topic;
  const int partitions = LedPartitions(client.get(), full_name);
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(partitions);
  for (int i = 0; i < partitions; ++i) {
    rd_kafka_topic_partition_list_add(list, full_name.c_str(), i)->offset = RD_KAFKA_OFFSET_END;
  }
  rd_kafka_DeleteRecords_t* request = rd_kafka_DeleteRecords_new(list);
  rd_kafka_topic_partition_list_destroy(list);
  Administer(client.get(), "deleting the records of " + full_name, [&](rd_kafka_queue_t* queue) {
    rd_kafka_DeleteRecords(client.get(), &request, 1, nullptr, queue);
  });
  rd_kafka_DeleteRecords_destroy(request);
}

void TestTopics::Grow(const std::string& topic, int partitions) const {
  const Client client = MakeClient(RD_KAFKA_PRODUCER, config_, {});
  const std::string full_name = prefix_ + topic;
  char error[256];
  rd_kafka_NewPartitions_t* request = rd_kafka_NewPartitions_new(
      full_name.c_str(), static_cast<std::size_t>(partitions), error, sizeof(error));
  Administer(client.get(), "adding partitions to " + full_name, [&](rd_kafka_queue_t* queue) {
    rd_kafka_CreatePartitions(client.get(), &request, 1, nullptr, queue);
  });
  rd_kafka_NewPartitions_destroy(request);
  WaitUntil([&] { return LedPartitions(client.get(), full_name) == partitions; },
            "leaders of " + full_name);
}

void TestTopics::Produce(const std::vector<Record>& records, int max_bytes) const {
  std::string failure;
  kafka::Conf conf =
      Must(kafka::MakeConf(config_, {{"acks", "all"},
                                     {"enable.idempotence", "true"},
                                     {"linger.ms", "0"},
                                     {"message.timeout.ms", std::to_string(kTimeoutMs)},
                                     {"message.max.bytes", std::to_string(max_bytes)}}));
  rd_kafka_conf_set_dr_msg_cb(conf.get(), &CountFailures);
  rd_kafka_conf_set_opaque(conf.get(), &failure);
  char error[256];
  const Client client(rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), error, sizeof(error)));
  if (client == nullptr) throw std::runtime_error(error);
  conf.release();
  for (const Record& record : records) ProduceOne(client.get(), prefix_ + record.topic, record);
  Check(rd_kafka_flush(client.get(), kTimeoutMs), "writing to Kafka");
  if (!failure.empty()) throw std::runtime_error("Kafka refused a record: " + failure);
}

}  // namespace waybill::test
