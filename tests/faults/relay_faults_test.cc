// The relay keeps its promises while its servers and other relays die.
#include <gtest/gtest.h>

#include <csignal>
#include <memory>

#include "tests/integration/relay_harness.h"
#include "tests/support/throwaway_server.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

void ExpectAllInOrder(RelayHarness& relay, const std::map<std::string, int>& written) {
  for (const auto& [key, count] : written) relay.ExpectInOrder(key, count);
}

void Psql(RelayHarness& relay, const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {
      "/usr/bin/env", "psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", relay.db.Conninfo("postgres")};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const Finished finished = RunToEnd(argv);
  ASSERT_EQ(finished.status, 0) << finished.output;
}

void AwaitPublished(RelayHarness& relay, int more) {
  relay.topics.ReadCount("orders.events", relay.topics.ReadAll("orders.events").size() +
                                              static_cast<std::size_t>(more));
}

void AwaitStreaming(RelayHarness& relay) {
  ASSERT_TRUE(
      Eventually([&] { return relay.Log().find("\"the stream starts\"") != std::string::npos; },
                 "the backfill is done"));
}

TEST(RelayFaults, ABrokerKilledUnderLoadLosesAndReordersNothing) {
  ThrowawayKafka kafka;
  RelayHarness relay(kafka.stack());
  relay.Start();
  Writer writer(relay, 1, 20);
  for (int i = 0; i < 3; ++i) {
    AwaitPublished(relay, 100);
    i == 1 ? kafka.Stop() : kafka.Kill();
    kafka.Start();
  }
  AwaitPublished(relay, 100);
  ExpectAllInOrder(relay, writer.Stop());
  EXPECT_EQ(relay.Stop(), 0);
}

TEST(RelayFaults, AServerKilledUnderLoadLosesAndReordersNothing) {
  ThrowawayPostgres postgres;
  RelayHarness relay(postgres.stack());
  relay.Start();
  for (int round = 0; round < 3; ++round) {
    relay.Put("a", 100);
    relay.Put("b", 100);
    postgres.Kill();
    postgres.Start();
    ASSERT_TRUE(
        Eventually([&] { return relay.db.QueryInt("SELECT 1") == 1; }, "the server to be back"));
  }
  relay.ExpectInOrder("a", 300);
  relay.ExpectInOrder("b", 300);
}

// The leader's lock ends with its connections, which the kernel closes when it dies. The lease is
// five minutes, so a relay that waited for the lease would not take over within this test.
TEST(RelayFaults, ASecondRelayTakesOverAtOnceWhenTheFirstOneDies) {
  RelayHarness relay;
  relay.extra = "[limits]\nlease = \"5m\"\n";
  relay.Start();
  relay.Put("a");
  relay.ExpectInOrder("a", 1);
  const auto second = relay.StartAnother();
  ASSERT_TRUE(Eventually(
      [&] {
        return ReadFile(relay.folder.path() / "another.log").find("stands by") != std::string::npos;
      },
      "the second relay to wait"));
  relay.Put("a");
  relay.ExpectInOrder("a", 2);
  relay.Kill();
  relay.Put("a");
  relay.ExpectInOrder("a", 3);
  EXPECT_NE(ReadFile(relay.folder.path() / "another.log").find("\"the stream starts\""),
            std::string::npos);
}

TEST(RelayFaults, ARelayThatSleptAndWasSupersededChangesNoOrderAndGivesUp) {
  RelayHarness relay;
  relay.extra = "[limits]\nlease = \"2s\"\n";
  relay.Start();
  Writer writer(relay, 1, 10);
  AwaitPublished(relay, 100);
  const auto second = relay.StartAnother();
  for (int round = 0; round < 2; ++round) {
    ChildProcess& sleeper = round == 0 ? relay.process() : *second;
    AwaitPublished(relay, 50);
    sleeper.Signal(SIGSTOP);
    AwaitPublished(relay, 200);
    sleeper.Signal(SIGCONT);
    AwaitPublished(relay, 100);
  }
  ExpectAllInOrder(relay, writer.Stop());
  EXPECT_NE(relay.Log().find("outbox source failed"), std::string::npos);
  EXPECT_EQ(relay.db.QueryInt(
                "SELECT count(DISTINCT pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname ="
                " current_database())"),
            1);
}

// Writes WAL that doesn't concern the relay, enough for a few segments.
void WriteLog(RelayHarness& relay) {
  relay.db.Exec("CREATE TABLE IF NOT EXISTS noise (x text)");
  relay.db.Exec("INSERT INTO noise SELECT repeat('x', 1000) FROM generate_series(1, 10000)");
  relay.db.Exec("SELECT pg_switch_wal()");
  relay.db.Exec("CHECKPOINT");
}

TEST(RelayFaults, ASlotIsWarnedOfBeforeItIsLostAndItsLossHealsWithoutAGap) {
  ThrowawayPostgres postgres;
  RelayHarness relay(postgres.stack());
  relay.Start();
  Writer writer(relay, 1, 5);
  AwaitPublished(relay, 100);
  AwaitStreaming(relay);
  relay.Kill();
  Psql(relay, {"-c", "ALTER SYSTEM SET max_slot_wal_keep_size = '320MB'"});
  relay.db.Exec("SELECT pg_reload_conf()");
  // A relay that can't reach its brokers confirms nothing.
  relay.extra = "[metrics]\npoll_every = \"100ms\"\n";
  relay.extra_source = "[kafka.properties]\n\"bootstrap.servers\" = \"127.0.0.1:1\"\n";
  relay.Start();
  ASSERT_TRUE(Eventually(
      [&] {
        WriteLog(relay);
        return relay.Command({"status"}).status == 1;
      },
      "the slot to be endangered"));
  EXPECT_TRUE(Eventually(
      [&] { return relay.Log().find("slot nears max_slot_wal_keep_size") != std::string::npos; },
      "the warning"));
  EXPECT_EQ(relay.Log().find("slot is lost"), std::string::npos);
  relay.Kill();
  ASSERT_TRUE(Eventually(
      [&] {
        WriteLog(relay);
        return relay.db.QueryText("SELECT wal_status FROM pg_replication_slots") == "lost";
      },
      "the slot to be lost"));
  relay.extra_source.clear();
  relay.Start();
  AwaitPublished(relay, 100);
  ExpectAllInOrder(relay, writer.Stop());
}

// PostgreSQL 15 doesn't copy slots to a standby: the new primary has none, and has rows that the
// old one's slot had not delivered yet.
TEST(RelayFaults, APromotedStandbyIsPublishedWithoutAGap) {
  ThrowawayPostgres postgres;
  RelayHarness relay(postgres.stack());
  relay.Start();
  auto writer = std::make_unique<Writer>(relay, 1, 5);
  AwaitPublished(relay, 100);
  postgres.Follow();
  AwaitPublished(relay, 100);
  relay.Kill();
  relay.Put("unseen", 50);
  const std::map<std::string, int> before = writer->Stop();
  ASSERT_TRUE(Eventually(
      [&] {
        return relay.db.QueryInt(
                   "SELECT count(*) FROM pg_stat_replication WHERE application_name ="
                   " 'walreceiver' AND replay_lsn >= pg_current_wal_lsn()") == 1;
      },
      "the standby to have everything"));
  postgres.FailOver();
  ASSERT_TRUE(Eventually([&] { return relay.db.QueryInt("SELECT 1") == 1; }, "a new primary"));
  ASSERT_EQ(relay.db.QueryInt("SELECT count(*) FROM pg_replication_slots"), 0);
  writer = std::make_unique<Writer>(relay, 2, 5);
  relay.Start();
  AwaitPublished(relay, 100);
  relay.ExpectInOrder("unseen", 50);
  ExpectAllInOrder(relay, before);
  ExpectAllInOrder(relay, writer->Stop());
}

// Transaction ids start from the beginning in the new cluster, so the ids in the dumped rows say
// nothing about them.
TEST(RelayFaults, ADumpRestoredIntoANewClusterIsPublishedWithoutAGap) {
  ThrowawayPostgres old_server;
  RelayHarness old_relay(old_server.stack());
  for (int i = 0; i < 200; ++i) old_relay.db.Exec("SELECT pg_current_xact_id()");
  old_relay.Start();
  old_relay.Put("a", 100);
  old_relay.ExpectInOrder("a", 100);
  old_relay.Stop();
  old_relay.Put("b", 50);
  const std::string dump = old_relay.folder.Write("dump.sql", "");
  ASSERT_EQ(
      RunToEnd({"/usr/bin/env", "pg_dump", "-d", old_relay.db.Conninfo("postgres"), "-f", dump})
          .status,
      0);
  RelayHarness relay(TestStack::Get(), "");
  Psql(relay, {"-f", dump});
  Writer writer(relay, 1, 5);
  relay.Start();
  relay.Put("b", 50);
  relay.ExpectInOrder("b", 100);
  AwaitPublished(relay, 50);
  ExpectAllInOrder(relay, writer.Stop());
}

}  // namespace
}  // namespace waybill::test
