// Topics that Kafka doesn't have, however many, cost the rows of other topics no time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/relay_harness.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kTopics = 4000;

void PutOnePerTopic(RelayHarness& relay, const std::string& prefix, int topics) {
  relay.db.Exec(
      "INSERT INTO outbox (event_id, topic, key, sequence, payload, headers) SELECT"
      " gen_random_uuid(), '" +
      prefix + "' || i, 'k', 1, '{}', '{\"ce_type\": \"Tested\"}' FROM generate_series(1, " +
      std::to_string(topics) + ") i");
}

std::int64_t ParkedRows(RelayHarness& relay) {
  return relay.db.QueryInt("SELECT count(*) FROM outbox_relay.parked_rows");
}

TEST(RelayUnknownTopics, ThousandsInOneCommitStopNoOtherKey) {
  RelayHarness relay;
  relay.Start();
  relay.Put("good");
  relay.ExpectInOrder("good", 1);
  PutOnePerTopic(relay, "nowhere.", kTopics);
  relay.Put("good", 5);
  relay.ExpectInOrder("good", 6);
  EXPECT_TRUE(Eventually([&] { return ParkedRows(relay) == kTopics; }, "every row to be parked"));
  EXPECT_THAT(relay.Log(), Not(HasSubstr("the outbox source failed")));
  // They go out by themselves, the first and the last alike, while the others stay unknown.
  relay.topics.Create({"nowhere.1", "nowhere.1999", "nowhere.4000"}, 1);
  for (const char* topic : {"nowhere.1", "nowhere.1999", "nowhere.4000"}) {
    relay.ExpectInOrder("k", 1, topic);
  }
  relay.Put("good");
  relay.ExpectInOrder("good", 7);
  EXPECT_THAT(relay.Log(), Not(HasSubstr("the outbox source failed")));
}

TEST(RelayUnknownTopics, AReleaseOfEveryTopicThatIsStillUnknownStopsNoOtherKey) {
  RelayHarness relay;
  relay.Start();
  PutOnePerTopic(relay, "nowhere.", 200);
  ASSERT_TRUE(Eventually([&] { return ParkedRows(relay) == 200; }, "every row to be parked"));
  EXPECT_EQ(relay.Command({"parked", "release", "--all"}).status, 0);
  relay.Put("good", 5);
  relay.ExpectInOrder("good", 5);
  EXPECT_TRUE(Eventually(
      [&] {
        return relay.db.QueryInt(
                   "SELECT count(*) FROM outbox_relay.parked_keys WHERE"
                   " release_requested_at IS NOT NULL") == 0;
      },
      "every release to stop"));
  EXPECT_EQ(ParkedRows(relay), 200);
}

TEST(RelayUnknownTopics, ATopicThatAppearsWhileTheRelayIsDownReleasesItsRows) {
  RelayHarness relay;
  relay.Start();
  relay.Put("early", 2, "{}", "new.topic");
  ASSERT_TRUE(Eventually([&] { return ParkedRows(relay) == 2; }, "two parked rows"));
  relay.Kill();
  relay.topics.Create({"new.topic"}, 1);
  relay.Start();
  relay.ExpectInOrder("early", 2, "new.topic");
}

}  // namespace
}  // namespace waybill::test
