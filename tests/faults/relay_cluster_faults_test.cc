// The relay keeps the order while the brokers change leaders and refuse its producer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/integration/relay_harness.h"
#include "tests/support/mock_kafka.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kPartitions = 6;
constexpr int kBrokers = 3;

class RelayClusterFaults : public ::testing::Test {
 protected:
  explicit RelayClusterFaults(const std::string& limits = "") {
    kafka_.CreateTopic(topic_, kPartitions);
    relay_.extra = limits;
    // Allow only one request in flight, because the mock would let a request overtake another that
    // it refused.
    relay_.extra_source = "[kafka.properties]\n\"bootstrap.servers\" = \"" + kafka_.brokers() +
                          "\"\n\"topic.metadata.refresh.fast.interval.ms\" = \"20\"\n"
                          "\"max.in.flight\" = \"1\"\n";
    relay_.Start();
  }

  // Waits until `more` additional rows have arrived.
  void AwaitPublished(std::size_t more) {
    seen_ = published_.ReadCount("orders.events", seen_ + more).size();
  }
  void ExpectAllInOrder(const std::map<std::string, int>& written) {
    for (const auto& [key, count] : written) {
      const std::vector<Record> records = published_.ReadUntil(
          "orders.events",
          [&key, count](const std::vector<Record>& sofar) {
            return SequencesOf(sofar, key) >= count;
          },
          key + " up to " + std::to_string(count));
      EXPECT_TRUE(FirstOccurrencesAreInOrder(records));
    }
  }

  MockKafka kafka_{kBrokers};
  RelayHarness relay_;
  const std::string topic_ = relay_.topics.prefix() + "orders.events";
  const TestTopics published_{kafka_.stack(), relay_.topics.prefix()};
  std::size_t seen_ = 0;
};

TEST_F(RelayClusterFaults, LeadersThatChangeUnderLoadLoseAndReorderNothing) {
  Writer writer(relay_, 1, 20);
  for (int round = 0; round < 6; ++round) {
    AwaitPublished(200);
    for (int partition = 0; partition < kPartitions; ++partition) {
      kafka_.SetLeader(topic_, partition, 1 + (round + partition) % kBrokers);
    }
  }
  AwaitPublished(200);
  ExpectAllInOrder(writer.Stop());
  EXPECT_THAT(relay_.Log(), Not(HasSubstr("outbox source failed")));
}

// A real cluster accepts nothing more from a producer that it has refused, but the mock would
// accept its next request. With one record in flight, there is none.
class RelayProducerFaults : public RelayClusterFaults {
 protected:
  RelayProducerFaults() : RelayClusterFaults("[limits]\nin_flight_records = 1\n") {}
};

// An error that librdkafka doesn't retry ends the relay's attempt; the next attempt, with a new
// producer, resends what isn't confirmed.
TEST_F(RelayProducerFaults, AProducerThatIsRefusedForGoodIsMadeAnewAndSendsAgain) {
  std::map<std::string, int> written;
  for (const rd_kafka_resp_err_t error :
       {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
        RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID}) {
    for (int i = 0; i < 20; ++i) {
      const std::string key = "k" + std::to_string(i % 4);
      relay_.Put(key);
      ++written[key];
      if (i == 10) kafka_.FailNext(kProduceRequest, error);
    }
    AwaitPublished(20);
  }
  ExpectAllInOrder(written);
  EXPECT_THAT(relay_.Log(), HasSubstr("outbox source failed"));
}

TEST_F(RelayClusterFaults, ErrorsThatPassAreSentAgainInOrder) {
  Writer writer(relay_, 1, 20);
  for (const rd_kafka_resp_err_t error :
       {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION}) {
    AwaitPublished(200);
    kafka_.FailNext(kProduceRequest, error, 3);
  }
  AwaitPublished(200);
  ExpectAllInOrder(writer.Stop());
}

}  // namespace
}  // namespace waybill::test
