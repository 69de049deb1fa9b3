// What the relay promises while nothing but the ordinary happens to it.
#include <gtest/gtest.h>

#include <csignal>

#include "platform/config/exit_code.h"
#include "tests/integration/relay_harness.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

TEST(Relay, ARowBecomesTheRecordThatTheContractDescribes) {
  RelayHarness relay;
  relay.Start();
  relay.db.Exec(
      "INSERT INTO outbox (event_id, topic, key, sequence, payload, headers, created_at) VALUES"
      " ('0190b5a2-0000-7000-8000-000000000001', 'orders.events', 'order-1', 7,"
      "  '{\"event\":\"OrderPlaced\"}', '{\"ce_type\": \"OrderPlaced\", \"traceparent\": "
      "\"00-a-b-01\"}',"
      "  now())");
  const std::vector<Record> records = relay.topics.ReadCount("orders.events", 1);
  EXPECT_EQ(records[0].key, "order-1");
  EXPECT_EQ(records[0].payload, R"({"event":"OrderPlaced"})");
  EXPECT_EQ(records[0].Header("ce_id"), "0190b5a2-0000-7000-8000-000000000001");
  EXPECT_EQ(records[0].Header("ce_sequence"), "7");
  EXPECT_EQ(records[0].Header("ce_subject"), "order-1");
  EXPECT_EQ(records[0].Header("ce_type"), "OrderPlaced");
  EXPECT_EQ(records[0].Header("traceparent"), "00-a-b-01");
  EXPECT_EQ(records[0].Header("ce_time"),
            relay.db.QueryText("SELECT to_char(created_at AT TIME ZONE 'UTC',"
                               " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM outbox"));
}

TEST(Relay, RowsThatWereThereBeforeItsFirstStartArePublished) {
  RelayHarness relay;
  for (int i = 0; i < 30; ++i) relay.Put("early", 3);
  relay.Start();
  relay.ExpectInOrder("early", 90);
}

TEST(Relay, RolledBackRowsAreNeverPublished) {
  RelayHarness relay;
  relay.Start();
  relay.Put("a");
  relay.db.Exec(
      "DO $$ BEGIN"
      "  PERFORM relay_test_put('ghost', 1, '', 'orders.events'); RAISE EXCEPTION 'undo';"
      " EXCEPTION WHEN raise_exception THEN NULL; END $$");
  relay.Put("a");
  for (const Record& record : relay.ExpectInOrder("a", 2)) EXPECT_NE(record.key, "ghost");
}

TEST(Relay, ATransactionOfManyRowsArrivesWholeAndInOrder) {
  RelayHarness relay;
  relay.Start();
  relay.Put("big", 50'000);
  relay.Put("after");
  relay.ExpectInOrder("big", 50'000);
  relay.ExpectInOrder("after", 1);
}

TEST(Relay, ANullPayloadIsATombstone) {
  RelayHarness relay;
  relay.db.Exec("ALTER TABLE outbox ALTER payload DROP NOT NULL");
  relay.Start();
  relay.db.Exec(
      "INSERT INTO outbox (event_id, topic, key, sequence, payload)"
      " VALUES (gen_random_uuid(), 'orders.events', 'gone', 1, NULL)");
  EXPECT_EQ(relay.topics.ReadCount("orders.events", 1)[0].payload, std::nullopt);
}

TEST(Relay, AStoppedRelayHasConfirmedEverythingAndGoesOnWithoutRepeating) {
  RelayHarness relay;
  relay.Start();
  relay.Put("a", 100);
  relay.ExpectInOrder("a", 100);
  EXPECT_EQ(relay.Stop(), kExitOk);
  relay.Put("a", 100);
  relay.Start();
  EXPECT_EQ(relay.ExpectInOrder("a", 200).size(), 200u);
}

TEST(Relay, NothingIsLostOrOvertakenWhenItIsKilledUnderLoad) {
  RelayHarness relay;
  relay.Start();
  Writer first(relay, 1, 5);
  for (int i = 0; i < 5; ++i) {
    const int before = static_cast<int>(relay.topics.ReadAll("orders.events").size());
    relay.topics.ReadCount("orders.events", before + 50);
    relay.Kill();
    relay.Start();
  }
  for (const auto& [key, count] : first.Stop()) relay.ExpectInOrder(key, count);
}

TEST(Relay, AnIdleSourceDoesNotPinTheLog) {
  RelayHarness relay;
  relay.Start();
  relay.Put("a");
  relay.ExpectInOrder("a", 1);
  relay.db.Exec("CREATE TABLE noise AS SELECT repeat('x', 500) FROM generate_series(1, 20000)");
  const std::string end = relay.db.QueryText("SELECT pg_current_wal_insert_lsn()");
  EXPECT_TRUE(Eventually(
      [&] {
        return relay.db.QueryInt("SELECT (confirmed_flush_lsn + 1048576 >= '" + end +
                                 "')::int FROM pg_replication_slots WHERE slot_name ~ '^" +
                                 relay.db.name() + "'") == 1;
      },
      "the slot is confirmed although no row came"));
}

TEST(Relay, AWrongConfigurationEndsItWithASentence) {
  RelayHarness relay;
  relay.extra_source = "tabel = \"outbox\"\n";
  const Finished unknown = relay.Command({"run"});
  EXPECT_EQ(unknown.status, kExitConfig);
  EXPECT_NE(unknown.output.find("tabel: unknown key"), std::string::npos) << unknown.output;
  relay.extra_source = "[kafka.properties]\n\"acks\" = \"1\"\n";
  EXPECT_EQ(relay.Command({"run"}).status, kExitConfig);
}

TEST(Relay, TwoSourcesDoNotTouchEachOther) {
  RelayHarness relay;
  TestDatabase other("payments");
  relay.topics.Create({"payments.events"});
  relay.extra_source =
      "\n[[source]]\nname = \"payments\"\nconninfo = \"" + other.Conninfo("outbox_relay") +
      "\"\npublication = \"waybill_outbox\"\nslot = \"" + other.name() +
      "\"\n[[source]]\nname = \"gone\"\nconninfo = \"" + other.Conninfo("outbox_relay") +
      " port=1\"\npublication = \"waybill_outbox\"\nslot = \"gone\"\n";
  relay.Start();
  relay.Put("a");
  other.Exec(
      "INSERT INTO outbox (event_id, topic, key, sequence, payload)"
      " VALUES (gen_random_uuid(), 'payments.events', 'p', 1, '{}')");
  relay.ExpectInOrder("a", 1);
  relay.ExpectInOrder("p", 1, "payments.events");
  EXPECT_EQ(relay.Stop(), kExitOk);
}

}  // namespace
}  // namespace waybill::test
