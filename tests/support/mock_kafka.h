// librdkafka's mock of a Kafka cluster, which moves leaders and returns errors on request.
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <memory>
#include <string>

#include "tests/support/test_stack.h"

namespace waybill::test {

// Request numbers of the Kafka protocol (kafka.apache.org/protocol).
inline constexpr std::int16_t kProduceRequest = 0;
inline constexpr std::int16_t kOffsetFetchRequest = 9;

// A cluster inside this process, served by a thread of librdkafka, at ports of 127.0.0.1 that every
// process on this machine can reach; it ends with this object. It keeps no more than the last 5 MB
// of a partition, and doesn't check the sequences of idempotent producers. The calls are
// thread-safe.
class MockKafka {
 public:
  // Starts the brokers 1 to `brokers`. Throws std::runtime_error when librdkafka refuses.
  explicit MockKafka(int brokers);

  std::string brokers() const { return rd_kafka_mock_cluster_bootstraps(raw()); }
  void CreateTopic(const std::string& full_name, int partitions);
  // The brokers that led the partition before answer NOT_LEADER_OR_FOLLOWER from then on.
  void SetLeader(const std::string& full_name, int partition, int broker);
  // The next `times` requests of that kind are answered with `error` and not executed.
  void FailNext(std::int16_t request, rd_kafka_resp_err_t error, int times = 1);
  // Writes one record without a key and waits until it is acknowledged.
  void Produce(const std::string& full_name, int partition, const std::string& payload);
  // Returns the shared PostgreSQL with these brokers.
  TestStack stack() const;

 private:
  struct Destroy {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  };
  rd_kafka_mock_cluster_t* raw() const { return rd_kafka_handle_mock_cluster(client_.get()); }

  std::unique_ptr<rd_kafka_t, Destroy> client_;
};

}  // namespace waybill::test
