// Kafka comes back empty: what went with it is published again, out of the table.
#include <gtest/gtest.h>

#include "tests/integration/relay_harness.h"
#include "tests/support/throwaway_server.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

class AnotherKafka : public ::testing::Test {
 protected:
  void PublishAndLoseKafka() {
    Publish();
    LoseKafka();
  }
  void Publish() {
    relay_.Start();
    relay_.Put("a", 20);
    relay_.ExpectInOrder("a", 20);
    ASSERT_TRUE(Eventually(
        [&] {
          return relay_.db.QueryInt(
                     "SELECT count(*) FROM outbox_relay.checkpoints WHERE"
                     " kafka_cluster_id <> ''") == 1;
        },
        "the relay to remember the cluster"));
  }
  void LoseKafka() {
    kafka_.Remove();
    kafka_.Start();
    relay_.topics.Create({"orders.events"}, 6);
  }

  void ExpectHealed() {
    relay_.ExpectInOrder("a", 20);
    relay_.Put("a", 5);
    relay_.ExpectInOrder("a", 25);
    EXPECT_NE(relay_.Log().find("Kafka is another cluster than before"), std::string::npos);
  }

  ThrowawayKafka kafka_;
  RelayHarness relay_{kafka_.stack()};
};

TEST_F(AnotherKafka, ARunningRelayPublishesEverythingAgain) {
  PublishAndLoseKafka();
  ExpectHealed();
}

TEST_F(AnotherKafka, SoDoesOneWhoseTableMayHaveLostRows) {
  relay_.extra_source = "rows_are_kept = false\n";
  PublishAndLoseKafka();
  ExpectHealed();
  // It is the same cluster after a restart.
  EXPECT_EQ(relay_.Stop(), 0);
  relay_.Start();
  relay_.Put("b", 1);
  relay_.ExpectInOrder("b", 1);
  const std::string log = relay_.Log();
  const std::size_t first = log.find("Kafka is another cluster than before");
  EXPECT_EQ(log.find("Kafka is another cluster than before", first + 1), std::string::npos);
}

// As docs/backup.md has it done: services write on while the relay is down.
TEST_F(AnotherKafka, WhatWasWrittenMeanwhileComesAfterWhatIsPublishedAgain) {
  Publish();
  EXPECT_EQ(relay_.Stop(), 0);
  relay_.Put("a", 3000);
  LoseKafka();
  relay_.Start();
  relay_.ExpectInOrder("a", 3020);
}

}  // namespace
}  // namespace waybill::test
