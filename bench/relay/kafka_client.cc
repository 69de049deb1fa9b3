#include "bench/relay/kafka_client.h"

#include <ctime>
#include <stdexcept>

#include "absl/time/clock.h"
#include "outbox_relay/base/parse_number.h"
#include "tests/support/test_stack.h"
#include "tests/support/wait.h"

namespace waybill::bench {
namespace {

constexpr int kPartitions = 6;
constexpr int kTimeoutMs = 10'000;
// Often enough for precise figures, and rarely enough to cost the broker almost nothing.
constexpr absl::Duration kLookEvery = absl::Milliseconds(10);

using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                   decltype(&rd_kafka_topic_partition_list_destroy)>;

Partitions AllPartitions(const std::string& full_name, std::int64_t offset) {
  Partitions list(rd_kafka_topic_partition_list_new(kPartitions),
                  rd_kafka_topic_partition_list_destroy);
  for (int i = 0; i < kPartitions; ++i) {
    rd_kafka_topic_partition_list_add(list.get(), full_name.c_str(), i)->offset = offset;
  }
  return list;
}

void Check(rd_kafka_resp_err_t error, const std::string& doing) {
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error(doing + ": " + rd_kafka_err2str(error));
  }
}

}  // namespace

std::int64_t MonotonicNs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

Client MakeClient(rd_kafka_type_t type, const std::map<std::string, std::string>& settings) {
  std::map<std::string, std::string> all = settings;
  all["bootstrap.servers"] = waybill::test::TestStack::Get().brokers;
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char error[512];
  for (const auto& [name, value] : all) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error, sizeof error) !=
        RD_KAFKA_CONF_OK) {
      rd_kafka_conf_destroy(conf);
      throw std::runtime_error(error);
    }
  }
  Client client(rd_kafka_new(type, conf, error, sizeof error));
  if (client == nullptr) {
    rd_kafka_conf_destroy(conf);
    throw std::runtime_error(error);
  }
  return client;
}

TopicEnd::TopicEnd(std::string full_name)
    : full_name_(std::move(full_name)), client_(MakeClient(RD_KAFKA_PRODUCER, {})) {
  // It takes a moment until a broker knows that it leads a new topic's partitions.
  waybill::test::WaitUntil([this] { return Count() >= 0; }, "the end of " + full_name_);
}

std::int64_t TopicEnd::Count() {
  const Partitions list = AllPartitions(full_name_, RD_KAFKA_OFFSET_END);
  Check(rd_kafka_offsets_for_times(client_.get(), list.get(), kTimeoutMs), full_name_);
  std::int64_t count = 0;
  for (int i = 0; i < list->cnt; ++i) {
    Check(list->elems[i].err, full_name_);
    count += list->elems[i].offset;
  }
  return count;
}

void TopicEnd::Await(std::int64_t records, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  while (Count() < records) {
    const absl::Time now = absl::Now();
    if (now >= deadline)
      throw std::runtime_error(full_name_ + " has not received all records in time");
    waybill::test::PaceUntil(now + kLookEvery);
  }
}

Arrivals::Arrivals(const std::string& full_name, std::int64_t records)
    : client_(MakeClient(RD_KAFKA_CONSUMER, {{"group.id", "bench"},
                                             {"enable.auto.commit", "false"},
                                             {"enable.partition.eof", "true"}})),
      at_ns_(static_cast<std::size_t>(records)) {
  const Partitions list = AllPartitions(full_name, RD_KAFKA_OFFSET_BEGINNING);
  Check(rd_kafka_assign(client_.get(), list.get()), "assigning " + full_name);
  for (int ends = 0; ends < kPartitions;) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client_.get(), kTimeoutMs);
    if (message == nullptr)
      throw std::runtime_error("the consumer has received nothing from " + full_name);
    ends += message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    rd_kafka_message_destroy(message);
  }
  thread_ = std::thread([this] { Run(); });
}

Arrivals::~Arrivals() {
  stop_ = true;
  thread_.join();
}

void Arrivals::Run() {
  while (!stop_) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client_.get(), 100);
    if (message == nullptr) continue;
    const std::int64_t now = MonotonicNs();
    std::size_t number = 0;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->len >= 16 &&
        outbox_relay::ParseNumber({static_cast<const char*>(message->payload), 16}, &number) &&
        number < at_ns_.size() && at_ns_[number] == 0) {
      at_ns_[number] = now;
      arrived_.fetch_add(1, std::memory_order_release);
    }
    rd_kafka_message_destroy(message);
  }
}

void Arrivals::AwaitAll(absl::Duration patience) {
  waybill::test::WaitUntil(
      [this] {
        return arrived_.load(std::memory_order_acquire) == static_cast<std::int64_t>(at_ns_.size());
      },
      "all records", patience);
}

}  // namespace waybill::bench
