#include "tests/support/mock_kafka.h"

#include <stdexcept>

namespace waybill::test {
namespace {

void Check(rd_kafka_resp_err_t error, const std::string& what) {
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error(what + ": " + rd_kafka_err2str(error));
  }
}

}  // namespace

MockKafka::MockKafka(int brokers) {
  char error[256];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "test.mock.num.brokers", std::to_string(brokers).c_str(), error,
                    sizeof error);
  client_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error));
  if (client_ == nullptr) throw std::runtime_error(error);
}

void MockKafka::CreateTopic(const std::string& full_name, int partitions) {
  Check(rd_kafka_mock_topic_create(raw(), full_name.c_str(), partitions, 1), full_name);
}

void MockKafka::SetLeader(const std::string& full_name, int partition, int broker) {
  Check(rd_kafka_mock_partition_set_leader(raw(), full_name.c_str(), partition, broker),
        "leader of " + full_name);
}

void MockKafka::FailNext(std::int16_t request, rd_kafka_resp_err_t error, int times) {
  for (int i = 0; i < times; ++i) rd_kafka_mock_push_request_errors(raw(), request, 1, error);
}

void MockKafka::Produce(const std::string& full_name, int partition, const std::string& payload) {
  Check(rd_kafka_producev(client_.get(), RD_KAFKA_V_TOPIC(full_name.c_str()),
                          RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                          RD_KAFKA_V_VALUE(const_cast<char*>(payload.data()), payload.size()),
                          RD_KAFKA_V_END),
        "writing to " + full_name);
  Check(rd_kafka_flush(client_.get(), 20'000), "writing to " + full_name);
}

TestStack MockKafka::stack() const {
  TestStack stack = TestStack::Get();
  stack.brokers = brokers();
  return stack;
}

}  // namespace waybill::test
