// What a session says that has outlived what it knows of its database, and what no setting changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <pqxx/pqxx>
#include <set>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "platform/postgres/binary_rows.h"
#include "platform/postgres/connection.h"
#include "platform/postgres/conninfo.h"
#include "platform/postgres/error.h"
#include "platform/postgres/unit_of_work.h"
#include "tests/support/test_database.h"
#include "tests/support/wait.h"

namespace waybill::postgres {
namespace {

constexpr Statement kInsert{"insert", "INSERT INTO t (id, note) VALUES ($1::int, $2::text)"};
constexpr Statement kRead{"read", "SELECT id FROM t ORDER BY id"};
constexpr Statement kBackend{"backend", "SELECT pg_backend_pid() AS pid"};
constexpr Statement kAge{"age", "SELECT set_config('waybill.is_old', 'yes', false)"};
constexpr Statement kFailIfOld{"fail_if_old", "SELECT fail_if_old($1::text)"};
constexpr Statement kFail{"fail", "SELECT fail($1::text)"};
constexpr Statement kShow{"show", "SELECT current_setting($1::text) AS value"};
constexpr Statement kSleepy{"sleepy",
                            "SELECT set_config('idle_in_transaction_session_timeout', '1', true)"};

// What a session knows shows in waybill.is_old, which a new one hasn't.
constexpr char kTable[] =
    "CREATE TABLE t (id int PRIMARY KEY, note text);"
    "CREATE FUNCTION fail(state text) RETURNS void LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'failed' USING ERRCODE = state; END $$;"
    "CREATE FUNCTION fail_if_old(state text) RETURNS void LANGUAGE plpgsql AS"
    " $$ BEGIN IF current_setting('waybill.is_old', true) = 'yes' THEN"
    "   PERFORM fail(state); END IF; END $$;"
    "GRANT ALL ON t TO PUBLIC";

class SessionTest : public ::testing::Test {
 protected:
  void SetUp() override { db_.Exec(kTable); }

  absl::Status Run(Pool& pool, const std::function<void(Transaction&)>& body) {
    return RunTransaction(pool, {.name = "test", .deadline = absl::Now() + absl::Seconds(20)},
                          [&](Transaction& tx) {
                            body(tx);
                            return absl::OkStatus();
                          });
  }
  absl::Status Run(const std::function<void(Transaction&)>& body) { return Run(pool_, body); }
  absl::Status Insert(int id) {
    return Run([&](Transaction& tx) { tx.Exec(kInsert, id, "n"); });
  }
  int Backend() {
    int pid = 0;
    EXPECT_TRUE(
        Run([&](Transaction& tx) { pid = tx.Exec(kBackend).front().Get<int>("pid"); }).ok());
    return pid;
  }
  void Alter(const std::string& what) { db_.Exec("ALTER DATABASE " + db_.name() + " " + what); }

  test::TestDatabase db_{""};
  Pool pool_{{.conninfo = db_.Conninfo("order_svc"), .pool_size = 4}, "test"};
};

TEST_F(SessionTest, APlanThatTheTableHasOutgrownIsNoError) {
  const auto read = [this] { return Run([](Transaction& tx) { tx.Exec(kRead); }); };
  ASSERT_TRUE(read().ok());
  db_.Exec("ALTER TABLE t ALTER COLUMN id TYPE bigint");
  EXPECT_TRUE(read().ok()) << read();
  EXPECT_TRUE(pool_.Refusal().ok()) << pool_.Refusal();
}

TEST_F(SessionTest, StatementsThatSomebodyHasDeallocatedAreNoError) {
  ASSERT_TRUE(Insert(1).ok());
  {
    auto session = pool_.Acquire(absl::Now() + absl::Seconds(20));
    ASSERT_TRUE(session.ok());
    pqxx::nontransaction((*session)->raw()).exec("DEALLOCATE ALL");
  }
  const absl::Status status = Insert(2);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM t"), 2);
}

TEST_F(SessionTest, WhatAnotherSessionMayDoIsDoneByANewOne) {
  for (const char* state : {"0A000", "25006", "25P02", "26000", "42P05", "42P01", "42703", "42501",
                            "42883", "3F000", "XX000"}) {
    ASSERT_TRUE(Run([](Transaction& tx) { tx.Exec(kAge); }).ok());
    // Sessions are suspected once per second.
    absl::Status status;
    EXPECT_TRUE(test::Eventually(
        [&] {
          status = Run([&](Transaction& tx) { tx.Exec(kFailIfOld, state); });
          return status.ok();
        },
        "a new session"))
        << state << ": " << status;
  }
}

TEST_F(SessionTest, ASessionThatEndsInTheMiddleIsReplaced) {
  int attempts = 0;
  const absl::Status status = Run([&](Transaction& tx) {
    tx.Exec(kInsert, 1, "n");
    if (++attempts > 1) return;
    const int pid = tx.Exec(kBackend).front().Get<int>("pid");
    tx.Exec(kSleepy);
    test::WaitUntil(
        [&] {
          return db_.QueryInt("SELECT count(*) FROM pg_stat_activity WHERE pid = " +
                              std::to_string(pid)) == 0;
        },
        "the session's end");
    tx.Exec(kRead);
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(attempts, 2);
}

TEST_F(SessionTest, OneThatTheServerHasEndedWhileItWasIdleIsNotLent) {
  {
    const auto one = pool_.Acquire(absl::Now() + absl::Seconds(20));
    const auto other = pool_.Acquire(absl::Now() + absl::Seconds(20));
    ASSERT_TRUE(one.ok() && other.ok());
  }
  // Waits until they have ended.
  ASSERT_EQ(db_.QueryInt("SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity"
                         " WHERE application_name = 'test' AND datname = current_database()"),
            2);
  for (int i = 1; i <= 3; ++i) {
    int attempts = 0;
    const absl::Status status = Run([&](Transaction& tx) {
      ++attempts;
      tx.Exec(kInsert, i, "n");
    });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(attempts, 1);
  }
}

TEST_F(SessionTest, ANewConnectionStringIsTriedAndThenUsedWithoutDisturbingATransaction) {
  const int before = Backend();
  EXPECT_FALSE(pool_.UseConninfo(db_.Conninfo("nobody")).ok());
  EXPECT_FALSE(pool_.UseConninfo("host=127.0.0.1 port=1").ok());
  EXPECT_FALSE(pool_.UseConninfo("no conninfo").ok());
  EXPECT_EQ(Backend(), before);
  EXPECT_TRUE(Run([&](Transaction& tx) {
                EXPECT_TRUE(pool_.UseConninfo(db_.Conninfo("inventory_svc")).ok());
                tx.Exec(kInsert, 1, "n");
              }).ok());
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM t"), 1);
  const int after = Backend();
  EXPECT_NE(after, before);
  EXPECT_TRUE(pool_.UseConninfo(db_.Conninfo("inventory_svc")).ok());
  EXPECT_EQ(Backend(), after);
}

TEST_F(SessionTest, OneThatIsOutOfDateSpeaksForAllOfItsAge) {
  std::set<int> before;
  {
    auto lent = pool_.Acquire(absl::Now() + absl::Seconds(20));
    ASSERT_TRUE(lent.ok());
    before.insert((*lent)->raw().backendpid());
    before.insert(Backend());
    ASSERT_TRUE(Run([](Transaction& tx) { tx.Exec(kAge); }).ok());
    EXPECT_TRUE(Run([](Transaction& tx) { tx.Exec(kFailIfOld, "0A000"); }).ok());
  }
  EXPECT_FALSE(before.contains(Backend())) << "the one that was lent is closed when it comes back";
}

TEST_F(SessionTest, AReadOnlyDatabaseIsUnavailableAndWritesAgainWhenItMay) {
  ASSERT_TRUE(Insert(1).ok());
  Alter("SET default_transaction_read_only = on");
  db_.Exec(
      "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE application_name = "
      "'test'"
      " AND datname = current_database()");
  const absl::Status refused = Insert(2);
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_EQ(SqlStateOf(refused), "25006");
  EXPECT_TRUE(absl::IsUnavailable(pool_.Refusal())) << "readiness says so";
  Alter("RESET default_transaction_read_only");
  absl::Status status = Insert(2);
  for (int i = 0; i < 20 && !status.ok(); ++i) status = Insert(2);
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(SessionTest, AStateThatIsNobodysFaultIsARefusalAndAnEventsOwnIsNot) {
  const auto fail = [this](const char* state) {
    return Run([&](Transaction& tx) { tx.Exec(kFail, state); });
  };
  for (const char* own : {"22003", "23505", "23514", "23503", "P0001", "40001", "57014"}) {
    EXPECT_FALSE(IsRefusal(fail(own))) << own;
  }
  for (const char* shared : {"23502", "25006", "42501", "42703", "42P01", "53100", "0A000"}) {
    EXPECT_TRUE(IsRefusal(fail(shared))) << shared;
  }
  db_.Exec("CREATE TABLE days (day date) PARTITION BY RANGE (day); GRANT ALL ON days TO PUBLIC");
  constexpr Statement kDay{"day", "INSERT INTO days VALUES ('2026-01-01')"};
  const absl::Status missing = Run([&](Transaction& tx) { tx.Exec(kDay); });
  EXPECT_TRUE(absl::IsFailedPrecondition(missing)) << missing;
}

// Settings that somebody may have reason for, and what a session has all the same.
const std::map<std::string, std::pair<std::string, std::string>> kForeign = {
    {"client_encoding", {"LATIN1", "UTF8"}},
    {"bytea_output", {"escape", "hex"}},
    {"DateStyle", {"German", "ISO, MDY"}},
    {"IntervalStyle", {"sql_standard", "postgres"}},
    {"TimeZone", {"Asia/Kathmandu", "UTC"}},
    {"extra_float_digits", {"-10", "1"}},
    {"standard_conforming_strings", {"off", "on"}},
    {"array_nulls", {"off", "on"}},
    {"quote_all_identifiers", {"on", "off"}},
    {"transform_null_equals", {"on", "off"}},
    {"search_path", {"elsewhere", "public"}},
    {"row_security", {"on", "off"}},
    {"default_transaction_isolation", {"serializable", "read committed"}},
    {"default_transaction_deferrable", {"on", "off"}},
    {"synchronous_commit", {"off", "on"}},
    {"statement_timeout", {"400ms", "10s"}},
    {"lock_timeout", {"1ms", "5s"}},
    {"idle_in_transaction_session_timeout", {"400ms", "30s"}},
    {"idle_session_timeout", {"400ms", "0"}},
};

class SettingsTest : public SessionTest {
 protected:
  void ExpectOurs(const std::string& conninfo) {
    Pool pool({.conninfo = conninfo}, "test");
    const std::string text = "Grüße, Привет";
    const absl::Status status = Run(pool, [&](Transaction& tx) {
      for (const auto& [name, values] : kForeign) {
        EXPECT_EQ(tx.Exec(kShow, name).front().Get<std::string>("value"), values.second) << name;
      }
      tx.Exec(kInsert, next_id_, text);
    });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(db_.QueryText("SELECT note FROM t WHERE id = " + std::to_string(next_id_++)), text);
    auto rows = BinaryRows::Connect(conninfo, "test", absl::Seconds(10));
    ASSERT_TRUE(rows.ok()) << rows.status();
    std::string seen;
    const absl::Status read =
        (*rows)->ForEach("SELECT note FROM t ORDER BY id LIMIT 1",
                         [&](const BinaryRow& row) { seen = std::string(row.Text(0)); });
    EXPECT_TRUE(read.ok()) << read;
    EXPECT_EQ(seen, text);
  }

  int next_id_ = 1;
};

TEST_F(SettingsTest, ThoseOfTheDatabaseChangeNothing) {
  for (const auto& [name, values] : kForeign) Alter("SET " + name + " = '" + values.first + "'");
  ExpectOurs(db_.Conninfo("order_svc"));
}

TEST_F(SettingsTest, ThoseOfTheRoleChangeNothing) {
  for (const auto& [name, values] : kForeign) {
    db_.Exec("ALTER ROLE order_svc IN DATABASE " + db_.name() + " SET " + name + " = '" +
             values.first + "'");
  }
  ExpectOurs(db_.Conninfo("order_svc"));
}

TEST_F(SettingsTest, ThoseOfTheConninfoChangeNothingAndOthersOfItsHold) {
  std::string options;
  for (const auto& [name, values] : kForeign) options += " -c " + name + "=" + values.first;
  const std::string conninfo = db_.Conninfo("order_svc") + " client_encoding=LATIN1 options='" +
                               options + " -c work_mem=7MB'";
  ExpectOurs(conninfo);
  Pool pool({.conninfo = conninfo}, "test");
  EXPECT_TRUE(Run(pool, [](Transaction& tx) {
                EXPECT_EQ(tx.Exec(kShow, "work_mem").front().Get<std::string>("value"), "7MB");
              }).ok());
}

TEST_F(SettingsTest, ThoseOfTheEnvironmentChangeNothing) {
  const std::map<std::string, std::string> environment = {
      {"PGOPTIONS", "-c bytea_output=escape -c search_path=elsewhere -c statement_timeout=400ms"},
      {"PGCLIENTENCODING", "LATIN1"},
      {"PGTZ", "Asia/Kathmandu"},
      {"PGDATESTYLE", "German"}};
  // One thread.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  ExpectOurs(db_.Conninfo("order_svc"));
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  for (const auto& [name, value] : environment) unsetenv(name.c_str());
}

TEST_F(SettingsTest, AnAddressMayBeAUri) {
  const std::string server = test::TestStack::Get().server_conninfo;
  const auto keywords = ParseConninfo(server);
  ASSERT_TRUE(keywords.ok()) << keywords.status();
  ExpectOurs("postgresql://order_svc@" + keywords->at("host") + ":" + keywords->at("port") + "/" +
             db_.name());
}

}  // namespace
}  // namespace waybill::postgres
