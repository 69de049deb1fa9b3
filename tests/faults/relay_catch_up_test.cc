// The relay reads a long backlog from the table; nothing in it is lost or published out of order.
#include <gtest/gtest.h>

#include <csignal>

#include "tests/faults/killed_relay.h"
#include "tests/support/throwaway_server.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

// Opens a transaction with three rows of the key "open"; dblink_exec('open', 'COMMIT') commits it.
void OpenTransaction(RelayHarness& relay) {
  relay.db.Exec("CREATE EXTENSION dblink");
  relay.db.Exec("SELECT dblink_connect('open', '" + relay.db.Conninfo("postgres") + "')");
  relay.db.Exec("SELECT dblink_exec('open', 'BEGIN')");
  relay.db.Exec(
      "SELECT * FROM dblink('open', $$SELECT relay_test_put('open', 3, '',"
      " 'orders.events')::text$$) AS t(x text)");
}

// Makes commits wait for a standby of that name, except in sessions that opt out; "" ends that.
void RequireStandby(RelayHarness& relay, const std::string& name) {
  const Finished done = RunToEnd({"/usr/bin/env", "psql", "-d", relay.db.Conninfo("postgres"), "-c",
                                  "ALTER SYSTEM SET synchronous_standby_names = '" + name + "'",
                                  "-c", "SELECT pg_reload_conf()"});
  ASSERT_EQ(done.status, 0) << done.output;
}

class CatchUp : public KilledRelay {
 protected:
  void SetUp() override {
    KilledRelay::SetUp();
    relay_.extra = "[limits]\ncatch_up_bytes = 4000000\n";
    FallBehind();
  }

  // Makes the relay fall behind by more than the limit. What the writer adds while the relay
  // streams is less than the limit.
  void FallBehind() {
    relay_.db.Exec("CREATE TABLE IF NOT EXISTS noise (x text)");
    relay_.db.Exec("INSERT INTO noise SELECT repeat('x', 1000) FROM generate_series(1, 12000)");
  }

  ::testing::AssertionResult HasCaughtUp() {
    return Eventually(
        [&] {
          return relay_.Log().find("\"the catch-up by copy is complete\"") != std::string::npos;
        },
        "caught up by copy");
  }
};

TEST_F(CatchUp, LosesAndReordersNothingWhileAWriterGoesOn) {
  relay_.Put("large", 5000);
  const std::string slot = Slot();
  relay_.Start();
  EXPECT_TRUE(HasCaughtUp());
  relay_.ExpectInOrder("large", 5000);
  ExpectHealed();
  EXPECT_EQ(Slot(), slot);
}

TEST_F(CatchUp, ACrashAtAnyStepOfItLosesAndReordersNothing) {
  for (const char* point : {"outbox_relay.backfill_row:50", "outbox_relay.backfill_published",
                            "outbox_relay.before_slot_moves"}) {
    relay_.env = {{"WAYBILL_DIE_AT", point}};
    relay_.Start();
    EXPECT_EQ(relay_.process().Wait(absl::Seconds(60)), 128 + SIGKILL) << point;
  }
  relay_.env.clear();
  relay_.Start();
  EXPECT_TRUE(HasCaughtUp());
  ExpectHealed();
}

// A transaction that was open when the relay recorded the position would be before the slot's
// position and invisible to the snapshot.
TEST_F(CatchUp, ATransactionThatIsOpenIsWaitedForAndNotLost) {
  OpenTransaction(relay_);
  relay_.Start();
  EXPECT_TRUE(Eventually(
      [&] { return relay_.Log().find("catch-up waits for transactions") != std::string::npos; },
      "the relay to name the transactions that it waits for"));
  relay_.db.Exec("SELECT dblink_exec('open', 'COMMIT')");
  EXPECT_TRUE(HasCaughtUp());
  relay_.ExpectInOrder("open", 3);
  ExpectHealed();
}

TEST_F(CatchUp, AParkedKeyStaysParkedAndTheOthersDontNotice) {
  relay_.Put("large", 1, std::string(2'000'000, 'x'));
  relay_.Start();
  const auto parked = [&] {
    return relay_.db.QueryInt("SELECT count(*) FROM outbox_relay.parked_rows");
  };
  EXPECT_TRUE(Eventually([&] { return parked() == 1; }, "the first row to be parked"));
  relay_.Kill();
  relay_.Put("large", 3);
  FallBehind();
  relay_.Start();
  EXPECT_TRUE(Eventually([&] { return parked() == 4; }, "the others to be parked behind it"));
  ExpectHealed();
  for (const Record& record : relay_.topics.ReadAll("orders.events"))
    EXPECT_NE(record.key, "large");
}

// Without an ordered column, a copy would publish the rows of a key in arbitrary order.
TEST_F(CatchUp, AnOutboxWithoutAnOrderedColumnIsStreamed) {
  relay_.extra_source = "columns.order = \"\"\n";
  relay_.Start();
  ExpectHealed();
  EXPECT_EQ(relay_.Log().find("\"the catch-up by copy is complete\""), std::string::npos);
}

// The producer holds its records for a while: a checkpoint that didn't wait for them would skip
// them after the crash.
TEST_F(CatchUp, NothingIsStoredBeforeKafkaHasIt) {
  relay_.Put("large", 1000);
  relay_.extra_source =
      "[kafka.properties]\n\"linger.ms\" = 3000\n\"batch.num.messages\" = 100000\n"
      "\"batch.size\" = 10000000\n";
  relay_.env = {{"WAYBILL_DIE_AT", "outbox_relay.before_slot_moves"}};
  relay_.Start();
  EXPECT_EQ(relay_.process().Wait(absl::Seconds(60)), 128 + SIGKILL);
  relay_.extra_source.clear();
  relay_.env.clear();
  relay_.Start();
  relay_.ExpectInOrder("large", 1000);
  ExpectHealed();
}

// The commit waits for a standby that doesn't exist: its record is in the WAL, before the position
// that the relay stores, but no snapshot sees it. When the wait takes too long, the relay streams
// the WAL instead. The test uses its own server, so that no other test's commits wait.
TEST(CatchUpPatience, ACommitThatNobodySeesYetIsNotLost) {
  ThrowawayPostgres postgres;
  RelayHarness relay(postgres.stack());
  relay.Start();
  relay.Put("a", 100);
  relay.ExpectInOrder("a", 100);
  // Stopped in its first backfill, it would begin with another one, whose slot waits for the
  // commit.
  ASSERT_TRUE(
      Eventually([&] { return relay.Log().find("\"the stream starts\"") != std::string::npos; },
                 "the backfill is done"));
  EXPECT_EQ(relay.Stop(), 0);
  relay.db.Exec("ALTER ROLE postgres SET synchronous_commit = local");
  relay.db.Exec("SET synchronous_commit = local");
  relay.db.Exec("CREATE EXTENSION dblink");
  relay.db.Exec("SELECT dblink_connect('commit', '" + relay.db.Conninfo("postgres") + "')");
  relay.db.Exec("SELECT dblink_exec('commit', 'SET synchronous_commit = on')");
  RequireStandby(relay, "nobody");
  relay.db.Exec(
      "SELECT dblink_send_query('commit', $$SELECT relay_test_put('unseen', 3, '',"
      " 'orders.events')$$)");
  ASSERT_TRUE(Eventually(
      [&] {
        return relay.db.QueryInt(
                   "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") > 0;
      },
      "the commit to wait"));
  relay.Put("a", 100);
  relay.extra = "[limits]\ncatch_up_bytes = 1\n";
  relay.Start();
  EXPECT_TRUE(
      Eventually([&] { return relay.Log().find("transactions stay open") != std::string::npos; },
                 "the relay to stop waiting", absl::Minutes(2)));
  relay.ExpectInOrder("a", 200);
  relay.ExpectInOrder("unseen", 3);
  RequireStandby(relay, "");
}

// A relay with one record in flight can't keep up with a bulk of rows.
TEST(CatchUpWhileStreaming, ARelayThatFallsBehindReadsTheTable) {
  RelayHarness relay;
  relay.extra = "[limits]\ncatch_up_bytes = 1000000\nin_flight_records = 1\n";
  relay.Start();
  ASSERT_TRUE(
      Eventually([&] { return relay.Log().find("\"the stream starts\"") != std::string::npos; },
                 "the relay streams"));
  const std::size_t streaming = relay.Log().size();
  int written = 0;
  EXPECT_TRUE(Eventually(
      [&] {
        if (relay.db.QueryInt("SELECT (pg_current_wal_insert_lsn() - confirmed_flush_lsn)::bigint"
                              " FROM pg_replication_slots WHERE database = current_database()") <
            3'000'000) {
          for (int i = 0; i < 10; ++i) relay.Put("large", 100);
          written += 1000;
        }
        return relay.Log().find("\"the catch-up by copy starts\"", streaming) != std::string::npos;
      },
      "the relay to catch up"));
  relay.Kill();
  relay.extra.clear();
  relay.Start();
  relay.ExpectInOrder("large", written);
}

// A transaction that begins after the relay has listed the writers, is in progress in its snapshot,
// and commits before the relay queries the end of the WAL.
class CatchUpInterleaved : public CatchUp {
 protected:
  // Functions in the place of the server's own ones make such a transaction, on the relay's session.
  void SetUp() override {
    CatchUp::SetUp();
    relay_.db.Exec("CREATE EXTENSION dblink");
    relay_.db.Exec(R"sql(
SET LOCAL allow_system_table_mods = on;
ALTER FUNCTION pg_catalog.pg_current_snapshot() RENAME TO own_current_snapshot;
ALTER FUNCTION pg_catalog.pg_current_wal_insert_lsn() RENAME TO own_current_wal_insert_lsn;
CREATE FUNCTION pg_catalog.pg_current_snapshot() RETURNS pg_snapshot LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public AS $$
DECLARE
  seen pg_snapshot := own_current_snapshot();
BEGIN
  IF current_setting('transaction_read_only') = 'off' AND dblink_get_connections() IS NULL THEN
    PERFORM dblink_connect('between', ')sql" +
                   relay_.db.Conninfo("postgres") + R"sql(');
    PERFORM dblink_exec('between', 'BEGIN');
    PERFORM * FROM dblink('between', $q$
      SELECT relay_test_put('between', 1, '', 'orders.events')::text $q$) AS t(x text);
  END IF;
  RETURN seen;
END $$;
CREATE FUNCTION pg_catalog.pg_current_wal_insert_lsn() RETURNS pg_lsn LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF dblink_get_connections() IS NOT NULL THEN
    PERFORM dblink_exec('between', 'COMMIT');
    PERFORM dblink_disconnect('between');
  END IF;
  RETURN own_current_wal_insert_lsn();
END $$)sql");
  }
  void RestoreTheServersFunctions() {
    relay_.db.Exec(
        "SET LOCAL allow_system_table_mods = on;"
        "DROP FUNCTION pg_catalog.pg_current_snapshot();"
        "DROP FUNCTION pg_catalog.pg_current_wal_insert_lsn();"
        "ALTER FUNCTION pg_catalog.own_current_snapshot() RENAME TO pg_current_snapshot;"
        "ALTER FUNCTION pg_catalog.own_current_wal_insert_lsn()"
        " RENAME TO pg_current_wal_insert_lsn");
  }
};

TEST_F(CatchUpInterleaved, ItIsStreamed) {
  relay_.Start();
  EXPECT_TRUE(HasCaughtUp());
  relay_.ExpectInOrder("between", 1);
  ExpectHealed();
}

TEST_F(CatchUpInterleaved, ItOutlivesTheSlot) {
  relay_.env = {{"WAYBILL_DIE_AT", "outbox_relay.before_slot_moves"}};
  relay_.Start();
  EXPECT_EQ(relay_.process().Wait(absl::Seconds(60)), 128 + SIGKILL);
  RestoreTheServersFunctions();
  relay_.db.DropSlots("slot FROM outbox_relay.checkpoints");
  relay_.env.clear();
  relay_.Start();
  relay_.ExpectInOrder("between", 1);
  ExpectHealed();
}

}  // namespace
}  // namespace waybill::test
