// Old days go, unpublished rows stay, and nobody who inserts notices.
#include <gtest/gtest.h>

#include "tests/integration/relay_harness.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

constexpr char kRetireSoon[] =
    "[source.partitions]\nevery = \"1s\"\nretention = \"168h\"\ncreate_ahead_days = 40\n";

void AddDay(RelayHarness& relay, int days_ago) {
  const std::string day = "(now() AT TIME ZONE 'UTC')::date - " + std::to_string(days_ago);
  relay.db.Exec("DO $$ DECLARE d date := " + day +
                "; n text := 'outbox_p' || to_char(d, 'YYYYMMDD'); BEGIN EXECUTE format("
                "'CREATE TABLE %I PARTITION OF outbox FOR VALUES FROM (%L) TO (%L)', n,"
                " d::timestamp AT TIME ZONE 'UTC', (d + 1)::timestamp AT TIME ZONE 'UTC');"
                " EXECUTE format('ALTER TABLE %I OWNER TO waybill', n);"
                " EXECUTE format('GRANT SELECT ON %I TO outbox_relay', n); END $$");
}

void PutOn(RelayHarness& relay, const std::string& key, int days_ago) {
  relay.db.Exec(
      "INSERT INTO outbox (event_id, topic, key, sequence, payload, created_at) VALUES"
      " (gen_random_uuid(), 'orders.events', '" +
      key +
      "', 1, '', date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'"
      " - interval '" +
      std::to_string(days_ago) + " days' + interval '1 hour')");
}

std::int64_t Partitions(RelayHarness& relay) {
  return relay.db.QueryInt("SELECT count(*) FROM pg_inherits WHERE inhparent = 'outbox'::regclass");
}

// The horizon moves with published rows, every 10 s at most.
void PublishUntil(RelayHarness& relay, const std::function<bool()>& done, const std::string& what) {
  EXPECT_TRUE(Eventually(
      [&] {
        relay.Put("tick");
        return done();
      },
      what, absl::Seconds(60)));
}

TEST(RelayPartitions, AreCreatedAhead) {
  RelayHarness relay;
  const std::int64_t before = Partitions(relay);
  relay.extra_source = kRetireSoon;
  relay.Start();
  EXPECT_TRUE(Eventually([&] { return Partitions(relay) >= before + 10; }, "ten more days"));
}

TEST(RelayPartitions, AnOldDayIsDroppedOncePublishedWhileAReaderHoldsTheTableAndInsertsGoOn) {
  RelayHarness relay;
  AddDay(relay, 10);
  AddDay(relay, 9);
  PutOn(relay, "old", 10);
  relay.extra_source = kRetireSoon;
  relay.Start();
  relay.ExpectInOrder("old", 1);
  relay.db.Exec("CREATE EXTENSION IF NOT EXISTS dblink");
  relay.db.Exec("SELECT dblink_connect('reader', '" + relay.db.Conninfo("postgres") + "')");
  relay.db.Exec("SELECT dblink_exec('reader', 'BEGIN')");
  relay.db.Exec("SELECT * FROM dblink('reader', 'SELECT count(*) FROM outbox') AS t(n bigint)");
  PublishUntil(
      relay,
      [&] {
        return relay.db.QueryInt("SELECT count(*) FROM pg_inherits WHERE inhdetachpending") > 0;
      },
      "a detachment waits for the reader");
  // Inserts don't wait behind it.
  relay.db.Exec(
      "SET statement_timeout = '5s'; SELECT relay_test_put('meanwhile', 1, '',"
      " 'orders.events'); RESET statement_timeout");
  relay.ExpectInOrder("meanwhile", 1);
  relay.db.Exec("SELECT dblink_exec('reader', 'COMMIT')");
  PublishUntil(
      relay,
      [&] {
        return relay.db.QueryInt(
                   "SELECT count(*) FROM pg_class WHERE relname ~"
                   " '^outbox_p[0-9]+$' AND relname < 'outbox_p' ||"
                   " to_char(now() - interval '8 days', 'YYYYMMDD')") == 0;
      },
      "both old days are gone");
}

std::int64_t BytesHeld(RelayHarness& relay) {
  return relay.db.QueryInt(
      "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class WHERE relkind = 'r' AND"
      " relname ~ '^outbox_p'");
}

// A month in two halves: days are filled, published and gone.
TEST(RelayPartitions, AMonthOfDaysHoldsNoMoreThanItsRetention) {
  RelayHarness relay;
  const std::int64_t before = BytesHeld(relay);
  relay.extra_source = "[source.partitions]\nevery = \"1s\"\nretention = \"168h\"\n";
  relay.Start();
  int rows = 0;
  for (const int last : {24, 9}) {
    for (int day = last + 14; day >= last; --day) {
      AddDay(relay, day);
      relay.db.Exec(
          "INSERT INTO outbox (event_id, topic, key, sequence, payload, created_at) SELECT"
          " gen_random_uuid(), 'orders.events', 'day', " +
          std::to_string(rows) +
          " + i, convert_to(repeat('x', 1000), 'UTF8'), date_trunc('day', now() AT TIME ZONE 'UTC')"
          " AT TIME ZONE 'UTC' - interval '" +
          std::to_string(day) + " days' + interval '1 hour' FROM generate_series(1, 200) i");
      rows += 200;
    }
    relay.ExpectInOrder("day", rows);
    PublishUntil(
        relay, [&] { return BytesHeld(relay) < before + 1'500'000; }, "the old days' disk is free");
  }
}

TEST(RelayPartitions, ARowThatIsParkedWithoutItsPayloadKeepsItsPartition) {
  RelayHarness relay;
  AddDay(relay, 10);
  relay.extra = "[limits]\nparked_payload_bytes = 0\n";
  relay.extra_source = "topic = \"not.there\"\n" + std::string(kRetireSoon);
  PutOn(relay, "old", 10);
  relay.Start();
  PublishUntil(
      relay,
      [&] {
        return relay.Log().find("it is kept until the row is released or discarded") !=
               std::string::npos;
      },
      "the relay says that it keeps it");
  EXPECT_EQ(relay.db.QueryInt("SELECT count(*) FROM outbox WHERE key = 'old'"), 1);
}

TEST(RelayPartitions, AnUnpublishedRowIsNeverDropped) {
  RelayHarness relay;
  AddDay(relay, 10);
  relay.extra_source = kRetireSoon;
  // A broker that isn't there: nothing can be published.
  relay.extra_source += "[kafka.properties]\n\"bootstrap.servers\" = \"127.0.0.1:1\"\n";
  PutOn(relay, "old", 10);
  relay.Start();
  EXPECT_TRUE(Eventually(
      [&] {
        return relay.Log().find("may have unpublished rows: it is kept") != std::string::npos;
      },
      "the relay says that it keeps it"));
  EXPECT_EQ(relay.db.QueryInt("SELECT count(*) FROM outbox WHERE key = 'old'"), 1);
}

TEST(RelayPartitions, ARangeOfWhichADayIsGoneIsNotPublishedAgain) {
  RelayHarness relay;
  AddDay(relay, 10);
  AddDay(relay, 3);
  PutOn(relay, "old", 10);
  PutOn(relay, "kept", 3);
  relay.Start();
  relay.ExpectInOrder("old", 1);
  // Nothing is gone yet.
  EXPECT_EQ(relay.Command({"republish", "--dry-run"}).status, 0);
  ASSERT_EQ(relay.Stop(), 0);
  relay.extra_source = kRetireSoon;
  relay.Start();
  PublishUntil(
      relay,
      [&] { return relay.db.QueryInt("SELECT count(*) FROM outbox WHERE key = 'old'") == 0; },
      "the old day is gone");
  for (const char* since : {"2000-01-01T00:00:00Z", "10d"}) {
    const Finished refused = relay.Command({"republish", "--since", since});
    EXPECT_NE(refused.status, 0);
    EXPECT_NE(refused.output.find("partitions of this range have been dropped"), std::string::npos)
        << refused.output;
  }
  const Finished refused = relay.Command({"republish"});
  EXPECT_NE(refused.status, 0);
  const std::string advice = "republish with --since ";
  const std::size_t at = refused.output.find(advice);
  ASSERT_NE(at, std::string::npos) << refused.output;
  const std::string from = refused.output.substr(at + advice.size(), 27);
  const Finished done = relay.Command({"republish", "--since", from, "--key", "kept"});
  EXPECT_EQ(done.status, 0) << done.output;
  EXPECT_NE(done.output.find("complete: 1 rows"), std::string::npos) << done.output;
}

}  // namespace
}  // namespace waybill::test
