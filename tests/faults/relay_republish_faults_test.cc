// A republication survives its relay, its leader lock and its brokers.
#include <gtest/gtest.h>

#include <csignal>

#include "tests/integration/republish_harness.h"
#include "tests/support/throwaway_server.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

::testing::AssertionResult SomeAreSent(RelayHarness& relay) {
  return Eventually(
      [&] { return relay.db.QueryInt("SELECT rows_sent FROM outbox_relay.republications") > 0; },
      "a chunk is done");
}

// All rows of "a" came again, in order, and are counted once.
void ExpectAllRepublished(RelayHarness& relay, int rows) {
  ASSERT_TRUE(Republication(relay, "DONE"));
  EXPECT_EQ(relay.db.QueryInt("SELECT rows_sent FROM outbox_relay.republications"), rows);
  const std::vector<Record> records = relay.topics.ReadAll("orders.events");
  EXPECT_EQ(static_cast<int>(TimesOfSequences(Republished(records), "a").size()), rows);
  EXPECT_TRUE(FirstOccurrencesAreInOrder(records));
}

TEST(RelayRepublishFaults, ARelayKilledInTheMiddleGoesOnAfterItsRestart) {
  RelayHarness relay;
  relay.extra = RepublishRate(20);
  relay.env["WAYBILL_DIE_AT"] = "outbox_relay.chunk_republished:2";
  relay.Start();
  relay.Put("a", 100);
  relay.ExpectInOrder("a", 100);
  auto command = StartRepublish(relay);
  ASSERT_TRUE(Eventually([&] { return !relay.process().IsRunning(); }, "the relay dies"));
  EXPECT_EQ(relay.db.QueryText("SELECT state FROM outbox_relay.republications"), "RUNNING");
  relay.env.clear();
  relay.extra = RepublishRate(200);
  relay.Start();
  EXPECT_EQ(command->Wait(kPatience), 0) << command->Output();
  ExpectAllRepublished(relay, 100);
  // The second chunk, of 40 rows, came twice; the first one didn't.
  EXPECT_LE(Republished(relay.topics.ReadAll("orders.events")).size(), 140u);
}

TEST(RelayRepublishFaults, ALeaderThatSleepsLosesItToTheStandby) {
  RelayHarness relay;
  relay.extra = RepublishRate(20);
  relay.Start();
  relay.Put("a", 150);
  relay.ExpectInOrder("a", 150);
  relay.extra = RepublishRate(100);
  const auto standby = relay.StartAnother();
  auto command = StartRepublish(relay);
  ASSERT_TRUE(SomeAreSent(relay));
  relay.process().Signal(SIGSTOP);
  EXPECT_EQ(command->Wait(kPatience), 0) << command->Output();
  relay.process().Signal(SIGCONT);
  ASSERT_TRUE(
      Eventually([&] { return relay.Log().find("outbox source failed") != std::string::npos; },
                 "the sleeper gives up"));
  ExpectAllRepublished(relay, 150);
  EXPECT_EQ(relay.Log().find("the republication is complete"), std::string::npos);
}

TEST(RelayRepublishFaults, WithoutBrokersItWaitsAndNoRowComesAgainBeforeItCameFirst) {
  ThrowawayKafka kafka;
  RelayHarness relay(kafka.stack());
  relay.extra = RepublishRate(50);
  relay.Start();
  relay.Put("a", 600);
  relay.ExpectInOrder("a", 600);
  auto first = StartRepublish(relay, {"--key", "a"});
  ASSERT_TRUE(SomeAreSent(relay));
  kafka.Kill();
  EXPECT_EQ(relay.Command({"republish", "--stop"}).status, 0);
  relay.Put("late", 5);
  auto command = StartRepublish(relay);
  ASSERT_TRUE(Eventually(
      [&] { return relay.db.QueryInt("SELECT count(*) FROM outbox_relay.republications") == 2; },
      "the second request"));
  kafka.Start();
  EXPECT_EQ(command->Wait(2 * kPatience), 0) << command->Output();
  const std::vector<Record> records = relay.topics.ReadAll("orders.events");
  for (const Record& record : records) {
    if (record.key != "late" || record.Header("ce_sequence") != "1") continue;
    EXPECT_EQ(record.Header("republished"), "");
    break;
  }
  EXPECT_EQ(TimesOfSequences(Republished(records), "late").size(), 5u);
  EXPECT_EQ(TimesOfSequences(Republished(records), "a").size(), 600u);
}

TEST(RelayRepublishFaults, TheRelayEndsInTimeInTheMiddle) {
  RelayHarness relay;
  relay.extra = RepublishRate(1);
  relay.Start();
  relay.Put("a", 50);
  relay.ExpectInOrder("a", 50);
  auto command = StartRepublish(relay);
  ASSERT_TRUE(Republication(relay, "RUNNING"));
  EXPECT_EQ(relay.Stop(), 0);
  relay.extra = RepublishRate(1000);
  relay.Start();
  EXPECT_EQ(command->Wait(kPatience), 0) << command->Output();
  ExpectAllRepublished(relay, 50);
}

}  // namespace
}  // namespace waybill::test
