// Retained rows are published again on request, beside the live stream.
#include <gtest/gtest.h>
#include <httplib.h>

#include <csignal>

#include "tests/integration/republish_harness.h"
#include "tests/support/free_port.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

const std::string kTooLarge(1'200'000, 'x');

::testing::AssertionResult Says(const Finished& finished, const std::string& text) {
  if (finished.output.find(text) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << "exit " << finished.status << ", not \"" << text << "\": " << finished.output;
}

::testing::AssertionResult Comes(const ChildProcess& process, const std::string& text) {
  return Eventually([&] { return process.Output().find(text) != std::string::npos; },
                    "the command says: " + text);
}

// One row of `key` that was inserted so long ago ("2 hours").
void PutAgo(RelayHarness& relay, const std::string& key, const std::string& ago) {
  relay.db.Exec(
      "INSERT INTO outbox (event_id, topic, key, sequence, payload, headers, created_at) VALUES"
      " (gen_random_uuid(), 'orders.events', '" +
      key + "', 1, '', '{}', now() - interval '" + ago + "')");
}

TEST(RelayRepublish, RetainedRowsComeAgainInOrderAndMarkedAndLiveOnesAreNot) {
  RelayHarness relay;
  const int port = FreePort();
  relay.extra = "[metrics]\nlisten = \"127.0.0.1:" + std::to_string(port) + "\"\n";
  relay.Start();
  for (int i = 0; i < 4; ++i) {
    relay.Put("a", 5, "{\"n\": 1}");
    relay.Put("b", 2);
  }
  const Finished done = relay.Command({"republish"});
  EXPECT_EQ(done.status, 0);
  EXPECT_TRUE(Says(done, "orders.events\t28 rows\tfrom "));
  EXPECT_TRUE(Says(done, "in the order of column \"id\""));
  EXPECT_TRUE(Says(done, "is complete: 28 rows were published again"));
  std::vector<Record> records = relay.topics.ReadCount("orders.events", 56);
  ASSERT_EQ(records.size(), 56u);
  EXPECT_TRUE(FirstOccurrencesAreInOrder(records));
  const std::vector<Record> again = Republished(records);
  ASSERT_EQ(again.size(), 28u);
  EXPECT_EQ(TimesOfSequences(again, "a").size(), 20u);
  EXPECT_EQ(TimesOfSequences(again, "b").size(), 8u);
  for (const Record& record : again) {
    const auto is_original = [&record](const Record& other) {
      return other.Header("republished").empty() && other.payload == record.payload &&
             other.key == record.key && other.Header("ce_id") == record.Header("ce_id");
    };
    EXPECT_TRUE(std::any_of(records.begin(), records.end(), is_original));
  }
  relay.Put("a");
  records = relay.ExpectInOrder("a", 21);
  EXPECT_EQ(Republished(records).size(), 28u);
  httplib::Client client("127.0.0.1", port);
  for (const std::string line : {"waybill_relay_rows_republished_total{source=\"orders\"} 28\n",
                                 "waybill_relay_republishing{source=\"orders\"} 0\n"}) {
    EXPECT_TRUE(Eventually(
        [&] {
          const httplib::Result metrics = client.Get("/metrics");
          return metrics && metrics->body.find(line) != std::string::npos;
        },
        line));
  }
}

TEST(RelayRepublish, ADryRunCountsTheRowsOfEachTopicAndChangesNothing) {
  RelayHarness relay;
  relay.topics.Create({"payments.events"});
  relay.Put("a", 3);
  relay.Put("a", 2, "{}", "payments.events");
  relay.Start();
  relay.topics.ReadCount("payments.events", 2);
  const Finished counted = relay.Command({"republish", "--dry-run"});
  EXPECT_EQ(counted.status, 0);
  EXPECT_TRUE(Says(counted, "orders.events\t3 rows\tfrom 20"));
  EXPECT_TRUE(Says(counted, "payments.events\t2 rows\tfrom 20"));
  EXPECT_TRUE(Says(relay.Command({"republish", "--dry-run", "--key", "nobody"}),
                   "no retained row is in this range"));
  EXPECT_EQ(relay.Command({"republish", "--key", "nobody"}).status, 0);
  EXPECT_EQ(relay.db.QueryInt("SELECT count(*) FROM outbox_relay.republications"), 0);
  EXPECT_EQ(relay.topics.ReadAll("payments.events").size(), 2u);
}

TEST(RelayRepublish, OnlyTheRowsThatAreAskedForComeAgain) {
  RelayHarness relay;
  relay.topics.Create({"payments.events"});
  relay.Start();
  PutAgo(relay, "old", "3 hours");
  PutAgo(relay, "middle", "90 minutes");
  relay.Put("it's new", 2);
  relay.Put("it's new", 1, "{}", "payments.events");
  relay.topics.ReadCount("payments.events", 1);
  const std::vector<std::pair<std::vector<std::string>, int>> requests = {
      {{"--since", "2h"}, 4},
      {{"--until", "1h"}, 2},
      {{"--since", "7200s", "--until", "60m"}, 1},
      {{"--since", "2000-01-01T00:00:00+02:00"}, 5},
      {{"--topic", "payments.events"}, 1},
      {{"--topic", "orders.events", "--key", "it's new"}, 2},
      {{"--key", "it's new", "--since", "1d"}, 3}};
  for (const auto& [arguments, rows] : requests) {
    std::vector<std::string> command = {"republish"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const Finished done = relay.Command(command);
    EXPECT_EQ(done.status, 0);
    EXPECT_TRUE(Says(done, "complete: " + std::to_string(rows) + " rows were")) << arguments[0];
  }
}

TEST(RelayRepublish, BadInputIsRefusedWithAWordOnWhatToDo) {
  RelayHarness relay;
  relay.Put("a");
  using Arguments = std::vector<std::string>;
  const std::vector<std::pair<Arguments, std::string>> refusals = {
      {{"--since", "yesterday"}, "--since: \"yesterday\" is no time: give one as"},
      {{"--since", "2h30m"}, "is no time"},
      {{"--until", "-2h"}, "--until: \"-2h\" is no time"},
      {{"--since", "99999999999d"}, "is no time"},
      {{"--since", "2026-13-01T00:00:00Z"}, "is no time"},
      {{"--since", "9999-01-01T00:00:00Z"}, "--since is in the future"},
      {{"--since", "1h", "--until", "2h"}, "--since is not before --until"},
      {{"--stop"}, "no republication is under way"},
      {{"--source", "nobody"}, "there is no source nobody"},
      {{"--stop", "--key", "a"}, "excludes"}};
  for (const auto& [arguments, text] : refusals) {
    Arguments command = {"republish"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const Finished refused = relay.Command(command);
    EXPECT_NE(refused.status, 0) << arguments[0];
    EXPECT_TRUE(Says(refused, text));
  }
  relay.extra_source = "columns.time = \"\"\n";
  EXPECT_TRUE(Says(relay.Command({"republish", "--since", "1h"}), "set columns.time"));
  relay.extra_source = "columns.time = \"key\"\n";
  EXPECT_TRUE(Says(relay.Command({"republish", "--dry-run"}), "neither timestamptz nor timestamp"));
  relay.extra_source = "columns.key = \"\"\n";
  EXPECT_TRUE(Says(relay.Command({"republish", "--key", "a"}), "columns.key is not set"));
  EXPECT_EQ(relay.db.QueryInt("SELECT count(*) FROM outbox_relay.republications"), 0);
}

TEST(RelayRepublish, ParkedKeysStayParkedAndDiscardedRowsStayDiscarded) {
  RelayHarness relay;
  relay.Start();
  relay.Put("bad", 2);
  relay.Put("bad", 1, kTooLarge);
  relay.Put("bad", 1);
  relay.Put("good", 3);
  const Finished parked = relay.Command({"republish"});
  EXPECT_EQ(parked.status, 0);
  EXPECT_TRUE(Says(parked, "complete: 3 rows were published again"));
  EXPECT_TRUE(Says(parked, "4 rows were skipped: they or their keys are parked"));
  EXPECT_EQ(SequencesOf(relay.topics.ReadAll("orders.events"), "bad"), 2);

  const std::string row = relay.db.QueryText("SELECT min(id)::text FROM outbox_relay.parked_rows");
  ASSERT_EQ(relay.Command({"parked", "discard", "--row", row}).status, 0);
  ASSERT_EQ(relay.Command({"parked", "release", "--all"}).status, 0);
  ASSERT_TRUE(Eventually(
      [&] { return relay.db.QueryInt("SELECT count(*) FROM outbox_relay.parked_keys") == 0; },
      "the key is free"));
  const Finished discarded = relay.Command({"republish", "--key", "bad"});
  EXPECT_TRUE(Says(discarded, "complete: 3 rows were published again"));
  EXPECT_TRUE(Says(discarded, "1 rows were skipped"));
}

// A compacted topic takes no record without a key; it is refused together with its batch.
TEST(RelayRepublish, RowsThatKafkaRefusesAreCountedAndTheOthersComeInOrder) {
  RelayHarness relay;
  relay.CreateTopic("compacted", "cleanup.policy", "compact");
  relay.Start();
  for (int i = 0; i < 3; ++i) {
    relay.Put("a", 2);
    relay.Put("");
  }
  relay.topics.ReadCount("orders.events", 9);
  relay.Stop();
  relay.extra_source = "topic = \"compacted\"\n";
  relay.Start();
  const Finished done = relay.Command({"republish"});
  EXPECT_EQ(done.status, 1);
  EXPECT_TRUE(Says(done, "complete: 6 rows were published again"));
  EXPECT_TRUE(Says(done, "3 rows were refused by Kafka"));
  EXPECT_EQ(TimesOfSequences(relay.topics.ReadAll("compacted"), "a").size(), 6u);
  EXPECT_NE(relay.Log().find("the row is not published again"), std::string::npos);
  // Neither too large a row nor a topic that is gone stops it.
  relay.Stop();
  relay.extra_source = "topic = \"nowhere\"\n";
  relay.Start();
  EXPECT_TRUE(Says(relay.Command({"republish", "--key", "a"}), "6 rows were refused"));
  relay.Stop();
  relay.extra_source = "[kafka.properties]\n\"message.max.bytes\" = 1500\n";
  relay.Start();
  relay.db.Exec(
      "INSERT INTO outbox (event_id, topic, key, sequence, payload) VALUES"
      " (gen_random_uuid(), 'orders.events', '', 1, convert_to(repeat('x', 3000), 'UTF8'))");
  EXPECT_TRUE(
      Says(relay.Command({"republish", "--topic", "orders.events"}), "1 rows were refused"));
}

TEST(RelayRepublish, AStoppedOneGoesOnWhereItWasStoppedAndASecondOneIsRefusedMeanwhile) {
  RelayHarness relay;
  relay.extra = RepublishRate(20);
  relay.Start();
  relay.Put("a", 150);
  relay.ExpectInOrder("a", 150);
  auto command = StartRepublish(relay, {"--key", "a"});
  ASSERT_TRUE(Comes(*command, " of 150 rows"));
  const Finished second = relay.Command({"republish"});
  EXPECT_NE(second.status, 0);
  EXPECT_TRUE(Says(second, "republication 1 (--key a) is under way"));
  EXPECT_TRUE(Says(relay.Command({"republish", "--stop"}), "republication 1 (--key a) stops"));
  EXPECT_EQ(command->Wait(kPatience), 1);
  EXPECT_NE(command->Output().find("republication 1 is stopped"), std::string::npos);
  relay.Stop();
  relay.extra = RepublishRate(1000);
  relay.Start();
  const std::int64_t done = relay.db.QueryInt("SELECT rows_sent FROM outbox_relay.republications");
  EXPECT_GT(done, 0);
  EXPECT_LT(done, 150);
  const Finished resumed = relay.Command({"republish", "--key", "a"});
  EXPECT_EQ(resumed.status, 0);
  EXPECT_TRUE(Says(resumed, "going on with republication 1 (--key a)"));
  EXPECT_TRUE(Says(resumed, std::to_string(done) + " of 150 rows are done"));
  EXPECT_TRUE(Says(resumed, "complete: 150 rows were published again"));
  const std::vector<Record> again = Republished(relay.topics.ReadAll("orders.events"));
  EXPECT_EQ(TimesOfSequences(again, "a").size(), 150u);
  // At most the chunk that was under way comes a third time.
  EXPECT_LE(again.size(), 150u + 40u);
  // The same words once more are another one.
  EXPECT_TRUE(Says(relay.Command({"republish", "--key", "a"}), "(--key a): 150 rows"));
}

TEST(RelayRepublish, ItWaitsForARelayAndGoesOnWithoutTheCommand) {
  RelayHarness relay;
  relay.Put("a", 60);
  auto command = StartRepublish(relay);
  ASSERT_TRUE(Comes(*command, "no relay runs on this source"));
  relay.extra = RepublishRate(30);
  relay.Start();
  ASSERT_TRUE(Comes(*command, "a relay runs on this source"));
  ASSERT_TRUE(Republication(relay, "RUNNING"));
  command->Signal(SIGINT);
  EXPECT_EQ(command->Wait(kPatience), 130);
  EXPECT_NE(command->Output().find("the relay goes on with republication 1"), std::string::npos);
  ASSERT_TRUE(Republication(relay, "DONE"));
  EXPECT_EQ(Republished(relay.topics.ReadAll("orders.events")).size(), 60u);
}

TEST(RelayRepublish, TheLiveStreamGoesOnInOrderMeanwhile) {
  RelayHarness relay;
  relay.extra = RepublishRate(400);
  relay.Start();
  relay.Put("old", 2000);
  relay.ExpectInOrder("old", 2000);
  auto command = StartRepublish(relay, {"--key", "old"});
  ASSERT_TRUE(Republication(relay, "RUNNING"));
  Writer writer(relay, 1, 5);
  // New rows arrive while old ones are still being published again.
  ASSERT_TRUE(
      Eventually([&] { return SequencesOf(relay.topics.ReadAll("orders.events"), "w1-0") >= 20; },
                 "live rows arrive"));
  EXPECT_EQ(relay.db.QueryText("SELECT state FROM outbox_relay.republications"), "RUNNING");
  EXPECT_EQ(command->Wait(kPatience), 0) << command->Output();
  for (const auto& [key, count] : writer.Stop()) relay.ExpectInOrder(key, count);
  EXPECT_EQ(TimesOfSequences(Republished(relay.topics.ReadAll("orders.events")), "old").size(),
            2000u);
}

constexpr char kCustom[] =
    "profile = \"custom\"\ntopic = \"outbox.event.{aggregatetype}\"\n"
    "columns.key = \"aggregateid\"\ncolumns.payload = \"payload\"\n";

// A table with these columns besides its own, in chunks of ten rows.
void ExpectEveryRowAgain(const std::string& columns, const std::string& mapping,
                         const std::string& says) {
  RelayHarness relay(TestStack::Get(), "");
  relay.topics.Create({"outbox.event.Order"});
  relay.db.Exec(
      "CREATE TABLE outbox (aggregatetype text DEFAULT 'Order', aggregateid text DEFAULT 'k',"
      " payload text, " +
      columns +
      "); CREATE PUBLICATION waybill_outbox FOR TABLE outbox;"
      "GRANT SELECT ON outbox TO outbox_relay; GRANT CREATE ON DATABASE " +
      relay.db.name() +
      " TO outbox_relay;"
      "INSERT INTO outbox (payload) SELECT i FROM generate_series(1, 25) i");
  relay.extra = RepublishRate(5);
  relay.extra_source = mapping;
  relay.Start();
  relay.topics.ReadCount("outbox.event.Order", 25);
  const Finished done = relay.Command({"republish", "--topic", "outbox.event.Order", "--key", "k"});
  EXPECT_EQ(done.status, 0);
  EXPECT_TRUE(Says(done, says));
  EXPECT_TRUE(Says(done, "complete: 25 rows were published again"));
  std::map<std::string, int> times;
  for (const Record& record : Republished(relay.topics.ReadAll("outbox.event.Order"))) {
    ++times[record.payload.value_or("")];
  }
  EXPECT_EQ(times.size(), 25u);
  EXPECT_TRUE(Says(relay.Command({"republish", "--since", "1h"}), "set columns.time"));
}

TEST(RelayRepublish, ATableWithoutAnOrderIsPublishedAgainInTheOrderOfItsRowIds) {
  ExpectEveryRowAgain("id uuid PRIMARY KEY DEFAULT gen_random_uuid()", "profile = \"debezium\"\n",
                      "in the order of column \"id\"");
}

TEST(RelayRepublish, RowsThatShareAnOrderAllComeAgain) {
  ExpectEveryRowAgain("n integer DEFAULT 1", std::string(kCustom) + "columns.order = \"n\"\n",
                      "in the order of column \"n\"");
}

TEST(RelayRepublish, ATableWithNeitherIsPublishedAgainInNoOrder) {
  ExpectEveryRowAgain("x integer", kCustom, "in no order");
}

TEST(RelayRepublish, RowsWithoutAPlaceInTheOrderAreRefused) {
  RelayHarness relay(TestStack::Get(), "");
  relay.db.Exec(
      "CREATE TABLE outbox (n integer, t text, payload text);"
      "CREATE PUBLICATION waybill_outbox FOR TABLE outbox; GRANT SELECT ON outbox TO outbox_relay;"
      "GRANT CREATE ON DATABASE " +
      relay.db.name() + " TO outbox_relay; INSERT INTO outbox VALUES (1, 't'), (NULL, 't')");
  relay.extra_source =
      "profile = \"custom\"\ntopic = \"{t}\"\ncolumns.payload = \"payload\"\n"
      "columns.order = \"n\"\n";
  EXPECT_TRUE(Says(relay.Command({"republish"}),
                   "1 rows have no place in the order, because column \"n\" is null"));
}

}  // namespace
}  // namespace waybill::test
