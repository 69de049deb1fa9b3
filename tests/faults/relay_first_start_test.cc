// What a first start needs of the server, and what it says while that is missing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/relay_standard_outbox.h"
#include "tests/support/throwaway_server.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kStreams[] = "the stream starts";

class RelayFirstStart : public ::testing::Test {
 protected:
  // Outside of a transaction.
  static void Psql(const TestDatabase& db, const std::vector<std::string>& commands) {
    std::vector<std::string> argv = {"/usr/bin/env", "psql", "-q", db.Conninfo("postgres")};
    for (const std::string& command : commands) argv.insert(argv.end(), {"-c", command});
    const Finished finished = RunToEnd(argv);
    ASSERT_EQ(finished.status, 0) << finished.output;
  }
  // Settings that need a restart: {"max_wal_senders = 1"}.
  void Restart(const std::vector<std::string>& settings) {
    for (const std::string& setting : settings) Psql(outbox_.db, {"ALTER SYSTEM SET " + setting});
    postgres_.Kill();
    postgres_.Start();
    // The fixture's own session has ended with the server.
    EXPECT_TRUE(outbox_.ServerAnswers());
  }

  ThrowawayPostgres postgres_;
  StandardOutbox outbox_{postgres_.stack()};
};

TEST_F(RelayFirstStart, OneSenderAndOneSlotAreEnough) {
  Restart({"max_wal_senders = 1", "max_replication_slots = 1"});
  EXPECT_THAT(outbox_.Check().output, Not(HasSubstr("FAIL")));
  outbox_.Put("k", 3);
  auto relay = outbox_.Run();
  outbox_.topics.ReadCount("outbox.event.Order", 3);
  ASSERT_TRUE(Logs(*relay, kStreams));
  EXPECT_THAT(outbox_.Check().output, Not(HasSubstr("FAIL")));
  outbox_.Put("k", 3);
  outbox_.topics.ReadCount("outbox.event.Order", 6);
  // So does the backfill after the loss of the slot.
  relay->Kill();
  WaitUntil(
      [&] {
        return outbox_.db.QueryInt("SELECT count(active_pid) FROM pg_replication_slots") == 0;
      },
      "the slot to be free");
  outbox_.db.DropSlots("slot FROM outbox_relay.checkpoints");
  outbox_.Put("k", 3);
  relay = outbox_.Run("again.log");
  outbox_.topics.ReadCount("outbox.event.Order", 9);
  EXPECT_TRUE(Logs(*relay, kStreams));
  EXPECT_THAT(relay->Output(), Not(HasSubstr("will be retried")));
}

TEST_F(RelayFirstStart, CheckSaysWhenNoSlotAndNoSenderIsFree) {
  Restart({"max_wal_senders = 0", "max_replication_slots = 1"});
  outbox_.db.Exec("SELECT pg_create_physical_replication_slot('somebodys')");
  EXPECT_THAT(outbox_.Check().output,
              AllOf(HasSubstr("a free replication slot; 0 are free"),
                    HasSubstr("ALTER SYSTEM SET max_replication_slots"),
                    HasSubstr("a free replication connection; 0 are free"),
                    HasSubstr("ALTER SYSTEM SET max_wal_senders"), Not(HasSubstr("pg_hba.conf"))));
}

TEST_F(RelayFirstStart, ATransactionThatWasPreparedAndForgottenIsNamedWithWhatToRun) {
  Restart({"max_prepared_transactions = 5"});
  // Of another database, too: a new slot waits for all of a server's.
  TestDatabase other("", postgres_.stack());
  other.Exec("CREATE TABLE t (n int)");
  Psql(other, {"BEGIN", "INSERT INTO t VALUES (1)", "PREPARE TRANSACTION 'it''s old'"});
  const auto names = AllOf(HasSubstr("ROLLBACK PREPARED 'it''s old'"), HasSubstr(other.name()));
  EXPECT_THAT(outbox_.Check().output, names);
  outbox_.Put("k", 3);
  const auto relay = outbox_.Run();
  ASSERT_TRUE(Logs(*relay, "the new slot waits for transactions to end"));
  EXPECT_THAT(relay->Output(), names);
  Psql(other, {"ROLLBACK PREPARED 'it''s old'"});
  outbox_.topics.ReadCount("outbox.event.Order", 3);
  EXPECT_TRUE(Logs(*relay, kStreams));
  EXPECT_THAT(outbox_.Check().output, Not(HasSubstr("PREPARED")));
}

// The relay's role isn't a member of pg_read_all_stats.
TEST_F(RelayFirstStart, AnOpenTransactionOfAnotherRoleIsNamedByItsProcess) {
  outbox_.db.Exec("CREATE EXTENSION dblink");
  outbox_.db.Exec("SELECT dblink_connect('open', '" + outbox_.db.Conninfo("postgres") + "')");
  outbox_.db.Exec("SELECT dblink_exec('open', 'BEGIN')");
  outbox_.db.Exec("SELECT dblink_exec('open', 'CREATE TABLE written (n int)')");
  const std::string pid = outbox_.db.QueryText(
      "SELECT pid FROM dblink('open', 'SELECT pg_backend_pid()') AS t(pid text)");
  const auto relay = outbox_.Run();
  ASSERT_TRUE(Logs(*relay, "the new slot waits for transactions to end"));
  EXPECT_THAT(relay->Output(), HasSubstr("process " + pid + " (user postgres, database "));
  outbox_.db.Exec("SELECT dblink_exec('open', 'COMMIT')");
  EXPECT_TRUE(Logs(*relay, kStreams));
}

}  // namespace
}  // namespace waybill::test
