// A record that Kafka won't take stops its own key and nothing else.
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "tests/integration/relay_harness.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

const std::string kTooLarge(1'200'000, 'x');

::testing::AssertionResult Parked(RelayHarness& relay, const std::string& key, int rows) {
  return Eventually(
      [&] {
        return relay.db.QueryInt("SELECT count(*) FROM outbox_relay.parked_rows WHERE key = '" +
                                 key + "' AND discarded_at IS NULL") == rows;
      },
      std::to_string(rows) + " parked rows of " + key);
}

std::string FirstRow(RelayHarness& relay, const std::string& key) {
  return relay.db.QueryText("SELECT min(id)::text FROM outbox_relay.parked_rows WHERE key = '" +
                            key + "' AND discarded_at IS NULL");
}

TEST(RelayParking, ATooLargeRecordIsParkedAndLaterRowsOfItsKeyBehindItWhileOthersGoOn) {
  RelayHarness relay;
  relay.Start();
  relay.Put("bad", 2);
  relay.Put("bad", 1, kTooLarge);
  relay.Put("bad", 3);
  relay.Put("good", 5);
  relay.ExpectInOrder("good", 5);
  ASSERT_TRUE(Parked(relay, "bad", 4));
  EXPECT_EQ(SequencesOf(relay.topics.ReadAll("orders.events"), "bad"), 2);
  EXPECT_EQ(relay.db.QueryText("SELECT string_agg(reason, ',' ORDER BY id) FROM"
                               " outbox_relay.parked_rows"),
            "TOO_LARGE,BEHIND,BEHIND,BEHIND");
}

TEST(RelayParking, ParkingSurvivesARestartAndADiscardedRowsGapIsPassedInOrder) {
  RelayHarness relay;
  relay.Start();
  relay.Put("bad", 1, kTooLarge);
  relay.Put("bad", 2);
  ASSERT_TRUE(Parked(relay, "bad", 3));
  // A backfill that is cut would read later rows, too, which the stream has once more.
  WaitUntil([&] { return absl::StrContains(relay.Log(), "the stream starts"); }, "the stream");
  relay.Kill();
  relay.Start();
  relay.Put("bad", 2);
  ASSERT_TRUE(Parked(relay, "bad", 5));

  const Finished list = relay.Command({"parked", "list"});
  EXPECT_NE(list.output.find("bad\t5 rows\tTOO_LARGE"), std::string::npos) << list.output;
  EXPECT_EQ(relay.Command({"parked", "discard", "--row", FirstRow(relay, "bad")}).status, 0);
  EXPECT_EQ(relay.Command({"parked", "release", "--topic", "orders.events", "--key", "bad"}).status,
            0);
  ASSERT_TRUE(Parked(relay, "bad", 0));
  relay.Put("bad");
  std::vector<std::string> sequences;
  for (const Record& record : relay.topics.ReadCount("orders.events", 5)) {
    sequences.push_back(record.Header("ce_sequence"));
  }
  EXPECT_EQ(sequences, (std::vector<std::string>{"2", "3", "4", "5", "6"}));
  EXPECT_EQ(relay.db.QueryInt("SELECT count(*) FROM outbox_relay.parked_rows"
                              " WHERE discarded_at IS NOT NULL"),
            1);
}

TEST(RelayParking, AReleaseThatIsRefusedAgainLeavesTheRestParked) {
  RelayHarness relay;
  relay.Start();
  relay.Put("bad", 1, kTooLarge);
  relay.Put("bad", 2);
  ASSERT_TRUE(Parked(relay, "bad", 3));
  EXPECT_EQ(relay.Command({"parked", "release", "--all"}).status, 0);
  EXPECT_TRUE(Eventually(
      [&] {
        return relay.db.QueryInt(
                   "SELECT count(*) FROM outbox_relay.parked_keys"
                   " WHERE release_requested_at IS NULL") == 1;
      },
      "the release has ended"));
  EXPECT_TRUE(Parked(relay, "bad", 3));
  EXPECT_TRUE(relay.topics.ReadAll("orders.events").empty());
}

TEST(RelayParking, RowsOfAnUnknownTopicAreReleasedByThemselvesWhenTheTopicComesInTime) {
  RelayHarness relay;
  relay.Start();
  relay.Put("early", 3, "{}", "new.topic");
  relay.Put("good", 2);
  relay.ExpectInOrder("good", 2);
  ASSERT_TRUE(Parked(relay, "early", 3));
  relay.topics.Create({"new.topic"});
  relay.Put("early", 2, "{}", "new.topic");
  relay.ExpectInOrder("early", 5, "new.topic");
  EXPECT_EQ(relay.topics.ReadAll("new.topic").size(), 5u);
}

TEST(RelayParking, ATopicThatStaysUnknownNeedsAnOperator) {
  RelayHarness relay;
  relay.extra = "[limits]\nunknown_topic = \"0s\"\n";
  relay.Start();
  relay.Put("early", 2, "{}", "new.topic");
  ASSERT_TRUE(Parked(relay, "early", 2));
  relay.topics.Create({"new.topic"});
  // New keys go through as soon as the relay has seen the topic.
  int others = 0;
  EXPECT_TRUE(Eventually(
      [&] {
        relay.Put("other-" + std::to_string(++others), 1, "{}", "new.topic");
        return !relay.topics.ReadAll("new.topic").empty();
      },
      "a new key in the new topic"));
  EXPECT_TRUE(Parked(relay, "early", 2));
  EXPECT_EQ(relay.Command({"parked", "release", "--all", "--topic", "new.topic"}).status, 0);
  relay.ExpectInOrder("early", 2, "new.topic");
}

TEST(RelayParking, ARowThatMakesNoRecordIsParkedAsUnreadable) {
  RelayHarness relay;
  relay.Start();
  relay.db.Exec(
      "INSERT INTO outbox (event_id, topic, key, sequence, payload, headers)"
      " VALUES (gen_random_uuid(), 'orders.events', 'odd', 1, '', '[1]')");
  relay.Put("good");
  relay.ExpectInOrder("good", 1);
  ASSERT_TRUE(Parked(relay, "odd", 1));
  const Finished show =
      relay.Command({"parked", "show", "--topic", "orders.events", "--key", "odd"});
  EXPECT_NE(show.output.find("UNREADABLE"), std::string::npos) << show.output;
}

// The broker refuses the batch, not the record: all of it is sent again, one by one.
TEST(RelayParking, ARecordThatTheBrokerRefusesIsFoundAmongInnocentOnes) {
  RelayHarness relay;
  relay.CreateTopic("compacted", "cleanup.policy", "compact");
  relay.Start();
  relay.Put("good", 3, "{}", "compacted");
  // A compacted topic takes no record without a key.
  relay.db.Exec(
      "INSERT INTO outbox (event_id, topic, key, sequence, payload) SELECT gen_random_uuid(),"
      " 'compacted', CASE WHEN i = 500 THEN '' ELSE 'k' || i END, 1, '{}' FROM generate_series(1, "
      "1000) i");
  relay.Put("good", 3, "{}", "compacted");
  relay.ExpectInOrder("good", 6, "compacted");
  relay.ExpectInOrder("k1000", 1, "compacted");
  EXPECT_EQ(relay.db.QueryText("SELECT string_agg(reason || length(key), ',') FROM"
                               " outbox_relay.parked_rows"),
            "REFUSED0");
}

}  // namespace
}  // namespace waybill::test
