// Whatever keeps rows from getting through, /readyz says so, with the reason, and again when it is
// over. The times here are patience: how soon it says so is a matter of limits.stalled_after.
#include <gtest/gtest.h>
#include <sys/types.h>

#include <csignal>
#include <memory>
#include <optional>
#include <string>

#include "tests/integration/relay_endpoint.h"
#include "tests/integration/relay_harness.h"
#include "tests/support/occurrences.h"
#include "tests/support/throwaway_server.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

// Keeps a process of the server from running.
class Frozen {
 public:
  explicit Frozen(pid_t pid) : pid_(pid) { kill(pid_, SIGSTOP); }
  ~Frozen() { kill(pid_, SIGCONT); }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

 private:
  const pid_t pid_;
};

class RelayReadiness : public ::testing::Test {
 protected:
  RelayHarness& Harness(const TestStack& stack = TestStack::Get()) {
    relay_.emplace(stack);
    relay_->extra = "[limits]\nstalled_after = \"2s\"\n" + endpoint_.Config();
    return *relay_;
  }

  // Starts it, and one row has got through.
  RelayHarness& Ready(const TestStack& stack = TestStack::Get()) {
    Harness(stack).Start();
    ExpectRowsGetThrough();
    return *relay_;
  }

  void ExpectRowsGetThrough() {
    relay_->Put("a");
    relay_->ExpectInOrder("a", ++rows_);
    EXPECT_TRUE(endpoint_.BecomesReady());
    EXPECT_TRUE(endpoint_.Shows("waybill_relay_stalled{source=\"orders\"} 0"));
  }

  pid_t ReplicationProcess() {
    return static_cast<pid_t>(relay_->db.QueryInt(
        "SELECT active_pid FROM pg_replication_slots WHERE database = current_database()"));
  }

  void ExpectStalled(const std::string& reason) {
    EXPECT_TRUE(endpoint_.BecomesUnready(reason)) << relay_->Log();
    EXPECT_TRUE(endpoint_.Shows("waybill_relay_stalled{source=\"orders\"} 1"));
  }

  RelayEndpoint endpoint_;
  std::optional<RelayHarness> relay_;
  int rows_ = 0;
};

TEST_F(RelayReadiness, ABrokerThatIsFrozenOrDownIsSaidOnceRowsWait) {
  ThrowawayKafka kafka;
  RelayHarness& relay = Ready(kafka.stack());
  kafka.Freeze();
  relay.Put("a", 10);
  rows_ += 10;
  ExpectStalled("rows wait for Kafka");
  kafka.Thaw();
  ExpectRowsGetThrough();
  kafka.Kill();
  relay.Put("a", 10);
  rows_ += 10;
  ExpectStalled("rows wait for Kafka, whose brokers last caused the error");
  kafka.Start();
  ExpectRowsGetThrough();
  EXPECT_GE(Occurrences("the outbox source works again", relay.Log()), 2) << relay.Log();
}

TEST_F(RelayReadiness, ARowThatAFullWindowHoldsIsSaid) {
  ThrowawayKafka kafka;
  RelayHarness& relay = Harness(kafka.stack());
  relay.extra = "[limits]\nstalled_after = \"2s\"\nin_flight_records = 1\n" + endpoint_.Config();
  relay.Start();
  ExpectRowsGetThrough();
  kafka.Freeze();
  relay.Put("a", 10);
  rows_ += 10;
  ExpectStalled("rows wait for Kafka");
  kafka.Thaw();
  ExpectRowsGetThrough();
}

TEST_F(RelayReadiness, ADatabaseThatIsFrozenOrDownIsSaid) {
  ThrowawayPostgres postgres;
  RelayHarness& relay = Ready(postgres.stack());
  postgres.Freeze();
  ExpectStalled("PostgreSQL");
  postgres.Thaw();
  ExpectRowsGetThrough();
  postgres.Kill();
  ExpectStalled("can't connect to PostgreSQL");
  postgres.Start();
  ASSERT_TRUE(Eventually([&] { return relay.db.QueryInt("SELECT 1") == 1; }, "the server"));
  ExpectRowsGetThrough();
}

TEST_F(RelayReadiness, AReplicationProcessThatIsFrozenIsSaid) {
  RelayHarness& relay = Harness();
  relay.extra = "[limits]\nstalled_after = \"2s\"\nlease = \"4s\"\n" + endpoint_.Config();
  relay.Start();
  ExpectRowsGetThrough();
  {
    const Frozen frozen(ReplicationProcess());
    // Whether the relay gives its session up, too, depends on what the process was doing.
    ExpectStalled("");
  }
  ExpectRowsGetThrough();
}

TEST_F(RelayReadiness, AReplicationProcessThatIsFrozenAtWorkIsGivenUp) {
  RelayHarness& relay = Harness();
  relay.extra = "[limits]\nstalled_after = \"2s\"\nlease = \"2s\"\n" + endpoint_.Config();
  relay.Start();
  ExpectRowsGetThrough();
  relay.db.Exec("CREATE TABLE noise (n bigint)");
  std::optional<Frozen> frozen;
  const auto freeze_at_work = [&] {
    frozen.reset();
    relay.db.Exec("INSERT INTO noise SELECT generate_series(1, 200000)");
    frozen.emplace(ReplicationProcess());
    return relay.db.QueryInt(
               "SELECT count(*) FROM pg_replication_slots JOIN pg_stat_activity ON pid = active_pid"
               " WHERE database = current_database() AND wait_event IS NULL") == 1;
  };
  ASSERT_TRUE(Eventually(freeze_at_work, "the process to be at work"));
  relay.Put("a");
  ++rows_;
  ExpectStalled("replication process sends nothing");
  EXPECT_TRUE(Eventually(
      [&] { return relay.Log().find("another process of the server still") != std::string::npos; },
      "the relay to try anew"))
      << relay.Log();
  ExpectStalled("another process of the server still");
  frozen.reset();
  ExpectRowsGetThrough();
}

TEST_F(RelayReadiness, ALoginThatIsRevokedIsSaid) {
  ThrowawayPostgres postgres;
  RelayHarness& relay = Ready(postgres.stack());
  const std::string reconnect =
      "; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'outbox_relay'";
  relay.db.Exec("ALTER ROLE outbox_relay NOLOGIN" + reconnect);
  ExpectStalled("not permitted to log in");
  relay.db.Exec("ALTER ROLE outbox_relay LOGIN NOREPLICATION" + reconnect);
  ExpectStalled("replication");
  relay.db.Exec("ALTER ROLE outbox_relay REPLICATION");
  ExpectRowsGetThrough();
}

TEST_F(RelayReadiness, AFirstStartThatWaitsForATransactionNamesItsProcess) {
  RelayHarness& relay = Harness();
  ChildProcess writer({.argv = {"/usr/bin/env", "psql", "-q", "-d", relay.db.Conninfo("postgres"),
                                "-c", "BEGIN; CREATE TABLE held (); SELECT pg_sleep(1000)"}});
  const std::string find =
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname ="
      " current_database()";
  ASSERT_TRUE(Eventually([&] { return relay.db.QueryInt(find) == 1; }, "the transaction"));
  const std::string pid = relay.db.QueryText(
      "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname ="
      " current_database()");
  relay.Start();
  ExpectStalled("transactions to end");
  relay.db.Exec("SELECT pg_terminate_backend(" + pid + ")");
  ExpectRowsGetThrough();
}

// Each error is logged once, and said as long as it lasts, also while the relay tries again.
TEST_F(RelayReadiness, AnErrorThatComesAgainAtEachAttemptIsSaidThroughoutAndLoggedOnce) {
  RelayHarness& relay = Ready();
  relay.db.Exec("ALTER SCHEMA outbox_relay RENAME TO gone");
  relay.db.Exec(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'outbox_relay' AND"
      " datname = current_database()");
  ExpectStalled("outbox_relay schema");
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(endpoint_.IsReady());
  relay.db.Exec("ALTER SCHEMA gone RENAME TO outbox_relay");
  ExpectRowsGetThrough();
  EXPECT_EQ(Occurrences("\"error\":\"the relay's own tables", relay.Log()), 1) << relay.Log();
  EXPECT_TRUE(Eventually(
      [&] { return Occurrences("the outbox source works again", relay.Log()) > 0; }, "its end"));
}

TEST_F(RelayReadiness, APublicationWithoutTheTableIsSaid) {
  RelayHarness& relay = Ready();
  relay.db.Exec("ALTER PUBLICATION waybill_outbox SET (publish = 'update')");
  relay.db.Exec(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'outbox_relay' AND"
      " datname = current_database()");
  ExpectStalled("publish");
  relay.db.Exec("ALTER PUBLICATION waybill_outbox SET (publish = 'insert')");
  ExpectRowsGetThrough();
}

TEST_F(RelayReadiness, AStandbyStaysReadyWhileTheLeaderIsStalled) {
  ThrowawayKafka kafka;
  RelayHarness& relay = Ready(kafka.stack());
  const RelayEndpoint standby_endpoint;
  relay.extra = "[limits]\nstalled_after = \"2s\"\n" + standby_endpoint.Config();
  const auto standby = relay.StartAnother();
  EXPECT_TRUE(standby_endpoint.BecomesReady());
  kafka.Freeze();
  relay.Put("a");
  ++rows_;
  ExpectStalled("rows wait for Kafka");
  EXPECT_TRUE(standby_endpoint.IsReady()) << standby_endpoint.Get("/readyz");
  kafka.Thaw();
  ExpectRowsGetThrough();
}

}  // namespace
}  // namespace waybill::test
