// The consumer against librdkafka's own mock of a cluster, which errs on request.
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <memory>
#include <string>

#include "platform/kafka/consumer.h"
#include "tests/support/wait.h"

namespace waybill::kafka {
namespace {

constexpr char kTopic[] = "orders.events";
// The Kafka protocol's number of the request (kafka.apache.org/protocol).
constexpr std::int16_t kOffsetFetch = 9;

// One broker inside this process, and a producer to it.
class MockCluster {
 public:
  MockCluster() {
    char error[256];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "test.mock.num.brokers", "1", error, sizeof error);
    client_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error));
    rd_kafka_mock_topic_create(mock(), kTopic, 2, 1);
  }

  rd_kafka_mock_cluster_t* mock() { return rd_kafka_handle_mock_cluster(client_.get()); }
  KafkaConfig config() {
    return {.brokers = rd_kafka_mock_cluster_bootstraps(mock()),
            .topic_prefix = "",
            .properties = {{"session.timeout.ms", "6000"}}};
  }
  void Produce(const std::string& payload, std::int32_t partition) {
    rd_kafka_producev(client_.get(), RD_KAFKA_V_TOPIC(kTopic), RD_KAFKA_V_PARTITION(partition),
                      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                      RD_KAFKA_V_VALUE(const_cast<char*>(payload.data()), payload.size()),
                      RD_KAFKA_V_END);
    ASSERT_EQ(rd_kafka_flush(client_.get(), 20'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  }

 private:
  struct Destroy {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  };
  std::unique_ptr<rd_kafka_t, Destroy> client_;
};

class KafkaConsumerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Consumer> NewConsumer() {
    return std::move(Consumer::Create(cluster_.config(), "group", {kTopic})).value();
  }
  // All payloads until `count` have come, and those that came with the last.
  std::string Read(Consumer& consumer, int count) {
    std::string all;
    test::WaitUntil(
        [&] {
          for (const Record& record : consumer.Poll(absl::Milliseconds(100), 100)) {
            all += record.payload();
            --count;
            consumer.StoreOffset(record.topic_partition(), record.offset() + 1);
          }
          return count <= 0;
        },
        "records");
    return all;
  }

  MockCluster cluster_;
};

TEST_F(KafkaConsumerTest, AGroupThatIsNewBeginsAtTheBeginningAndGoesOnWhereItWas) {
  cluster_.Produce("a", 0);
  EXPECT_EQ(Read(*NewConsumer(), 1), "a");
  cluster_.Produce("b", 0);
  EXPECT_EQ(Read(*NewConsumer(), 1), "b");
}

TEST_F(KafkaConsumerTest, ACoordinatorThatMovedWhilePartitionsWereAssignedStopsNothing) {
  cluster_.Produce("a", 0);
  cluster_.Produce("b", 1);
  rd_kafka_mock_push_request_errors(
      cluster_.mock(), kOffsetFetch, 3, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
      RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
  const std::string read = Read(*NewConsumer(), 2);
  EXPECT_TRUE(read == "ab" || read == "ba") << read;
}

}  // namespace
}  // namespace waybill::kafka
