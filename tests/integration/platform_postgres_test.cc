#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/strings/match.h"
#include "absl/synchronization/barrier.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "platform/postgres/error.h"
#include "platform/postgres/unit_of_work.h"
#include "tests/support/test_database.h"

namespace waybill::postgres {
namespace {

using ::testing::ElementsAre;

constexpr Statement kInsert{"insert", "INSERT INTO t (id, note) VALUES ($1::int, $2::text)"};
constexpr Statement kKillSelf{"kill_self", "SELECT pg_terminate_backend(pg_backend_pid())"};
constexpr Statement kLockRow{"lock_row", "SELECT id FROM t WHERE id = $1::int FOR UPDATE"};
constexpr Statement kEcho{
    "echo",
    R"sql(
    SELECT id, note, bytes, encode(bytes, 'hex') AS hex FROM $rows ORDER BY ordinality)sql",
    {"id int, note text, bytes bytea"},
};
constexpr Statement kEchoTime{"echo_time", "SELECT $1::timestamptz AS time"};

class PostgresTest : public ::testing::Test {
 protected:
  void SetUp() override { db_.Exec("CREATE TABLE t (id int PRIMARY KEY, note text)"); }

  TransactionOptions Options() {
    return {.name = "test", .deadline = absl::Now() + absl::Seconds(20)};
  }

  test::TestDatabase db_{""};
  Pool pool_{{.conninfo = db_.Conninfo("postgres"), .pool_size = 2}, "test"};
};

TEST_F(PostgresTest, ABodyThatFailsLeavesNothing) {
  const absl::Status status = RunTransaction(pool_, Options(), [](Transaction& tx) {
    tx.Exec(kInsert, 1, "a");
    return absl::NotFoundError("none");
  });
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM t"), 0);
}

TEST_F(PostgresTest, ATransactionIsRunAgainWhenItsSessionDies) {
  int attempts = 0;
  const absl::Status status = RunTransaction(pool_, Options(), [&](Transaction& tx) {
    tx.Exec(kInsert, 1, "a");
    if (++attempts == 1) tx.Exec(kKillSelf);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(attempts, 2);
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM t"), 1);
}

TEST_F(PostgresTest, ADeadlockIsRunAgain) {
  db_.Exec("INSERT INTO t VALUES (1, 'a'), (2, 'b')");
  absl::Barrier* both = new absl::Barrier(2);
  std::atomic<int> attempts{0};
  const auto lock_both = [&](int first, int second) {
    bool met = false;
    const absl::Status status = RunTransaction(pool_, Options(), [&](Transaction& tx) {
      ++attempts;
      tx.Exec(kLockRow, first);
      if (!met) {
        met = true;
        if (both->Block()) delete both;
      }
      tx.Exec(kLockRow, second);
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
  };
  std::thread other([&] { lock_both(1, 2); });
  lock_both(2, 1);
  other.join();
  EXPECT_EQ(attempts, 3);
}

TEST_F(PostgresTest, AConstraintIsInvalidAndNotTriedAgain) {
  int attempts = 0;
  const absl::Status status = RunTransaction(pool_, Options(), [&](Transaction& tx) {
    ++attempts;
    tx.Exec(kInsert, 1, "a");
    tx.Exec(kInsert, 1, "b");
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_EQ(attempts, 1);
}

TEST_F(PostgresTest, AnErrorQuotesNoRow) {
  db_.Exec("ALTER TABLE t ADD CHECK (id > 0)");
  const absl::Status status = RunTransaction(pool_, Options(), [](Transaction& tx) {
    tx.Exec(kInsert, -1, "ann@example.com");
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::StrContains(status.message(), "t_id_check")) << status;
  EXPECT_FALSE(absl::StrContains(status.message(), "ann@example.com")) << status;
}

TEST_F(PostgresTest, BusySessionsAreAClearErrorAtTheDeadline) {
  auto one = pool_.Acquire(absl::Now() + absl::Seconds(10));
  auto two = pool_.Acquire(absl::Now() + absl::Seconds(10));
  ASSERT_TRUE(one.ok() && two.ok());
  const absl::Status status =
      RunTransaction(pool_, {.name = "test", .deadline = absl::Now() + absl::Milliseconds(50)},
                     [](Transaction&) { return absl::OkStatus(); });
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
}

TEST_F(PostgresTest, AServerThatCantBeReachedIsUnavailableAndAWrongDatabaseIsTheConfiguration) {
  Pool nowhere({.conninfo = "host=127.0.0.1 port=1 dbname=x user=x",
                .start_timeout = absl::Milliseconds(200)},
               "test");
  EXPECT_TRUE(absl::IsUnavailable(nowhere.WaitUntilReachable()));
  const std::string server = test::TestStack::Get().server_conninfo;
  Pool missing({.conninfo = server + " dbname=no_such_database user=order_svc",
                .start_timeout = absl::Milliseconds(200)},
               "test");
  const absl::Status refused = missing.WaitUntilReachable();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_TRUE(absl::StrContains(refused.message(), "no_such_database")) << refused;
  Pool garbage({.conninfo = "nonsense"}, "test");
  EXPECT_TRUE(absl::IsInvalidArgument(garbage.WaitUntilReachable()));
}

constexpr Statement kInsertRows{
    "insert_rows", "INSERT INTO t ($columns) SELECT $columns FROM $rows", {"id int, note text"}};
constexpr Statement kInsertChildren{"insert_children",
                                    "INSERT INTO child ($columns) SELECT $columns FROM $rows",
                                    {"id int, parent int"}};
constexpr Statement kCount{"count", "SELECT count(*) AS count FROM t"};

class WriteTest : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    db_.Exec("CREATE TABLE child (id int PRIMARY KEY, parent int NOT NULL REFERENCES t)");
  }
  static Rows Notes(std::vector<int> ids) {
    Rows rows(kInsertRows);
    for (const int id : ids) rows.Set("id", id).Set("note", "n");
    return rows;
  }
  static Rows Children(std::vector<int> ids) {
    Rows rows(kInsertChildren);
    for (const int id : ids) rows.Set("id", id).Set("parent", id);
    return rows;
  }
  static std::int64_t Count(Transaction& tx) {
    return tx.Exec(kCount).front().Get<std::int64_t>("count");
  }
  absl::Status Run(const std::function<void(Transaction&)>& body) {
    return RunTransaction(pool_, Options(), [&](Transaction& tx) {
      body(tx);
      return absl::OkStatus();
    });
  }
};

TEST_F(WriteTest, GoOutTogetherBeforeTheCommitChildrenBesideTheirParents) {
  const absl::Status status = Run([](Transaction& tx) {
    tx.Write(kInsertChildren, Children({1, 2}));
    tx.Write(kInsertRows, Notes({1, 2}));
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM child"), 2);
  EXPECT_EQ(db_.QueryInt("SELECT count(DISTINCT xmin::text || cmin::text) FROM"
                         " (SELECT xmin, cmin FROM t UNION ALL SELECT xmin, cmin FROM child) r"),
            1)
      << "one statement has written all of them";
}

TEST_F(WriteTest, TheNextExecSeesThem) {
  const absl::Status status = Run([](Transaction& tx) {
    tx.Write(kInsertRows, Notes({1}));
    EXPECT_EQ(Count(tx), 1);
    tx.Write(kInsertRows, Notes({}));
    tx.Write(kInsertRows, Notes({2}));
    tx.Write(kInsertRows, Notes({3}));
    EXPECT_EQ(Count(tx), 3);
    tx.Write(kInsertChildren, Children({1}));
    EXPECT_EQ(tx.WriteNow(kInsertRows, Notes({4, 5})).affected_rows(), 2u);
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM child"), 1);
}

TEST_F(WriteTest, AreWrittenNeitherWhenOneFailsNorWhenTheBodyDoes) {
  EXPECT_TRUE(absl::IsInvalidArgument(Run([](Transaction& tx) {
    tx.Write(kInsertRows, Notes({1}));
    tx.Write(kInsertChildren, Children({7}));
  })));
  EXPECT_TRUE(absl::IsNotFound(RunTransaction(pool_, Options(), [](Transaction& tx) {
    tx.Write(kInsertRows, Notes({1}));
    return absl::NotFoundError("none");
  })));
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM t"), 0);
}

TEST_F(PostgresTest, ArraysCarryEveryCharacter) {
  const std::string odd = "a\"b\\c{d},e\nf'g NULL \xc3\xa9";
  const std::string bytes("\x00\xff\"\\", 4);
  Rows rows(kEcho);
  rows.Set("id", 1).Set("note", odd).Set("bytes", bytes);
  rows.Set("id", 2).Set("note", std::nullopt).Set("bytes", "");
  const absl::Status status = RunTransaction(pool_, Options(), [&](Transaction& tx) {
    const Result result = tx.ExecRows(kEcho, rows);
    EXPECT_EQ(result.size(), 2u);
    std::vector<std::optional<std::string>> notes;
    std::vector<std::string> hexes, blobs;
    for (const Row row : result) {
      notes.push_back(row.Get<std::optional<std::string>>("note"));
      hexes.push_back(row.Get<std::string>("hex"));
      blobs.push_back(row.GetBytes("bytes"));
    }
    EXPECT_THAT(notes, ElementsAre(odd, std::nullopt));
    EXPECT_THAT(hexes, ElementsAre("00ff225c", ""));
    EXPECT_THAT(blobs, ElementsAre(bytes, ""));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(PostgresTest, TimesKeepTheirMicroseconds) {
  const absl::Time time = absl::FromUnixMicros(1'767'225'600'123'456);
  const absl::Status status = RunTransaction(pool_, Options(), [&](Transaction& tx) {
    EXPECT_EQ(tx.Exec(kEchoTime, time).front().Get<absl::Time>("time"), time);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace waybill::postgres
