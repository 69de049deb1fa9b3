// The one way a use case opens a transaction, against a real database.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/time/clock.h"
#include "platform/postgres/unit_of_work.h"
#include "platform/types/error.h"
#include "tests/support/test_database.h"
#include "tests/support/wait.h"

namespace waybill::postgres {
namespace {

constexpr Statement kAdd{"add", "INSERT INTO notes (note) VALUES ($1::text)"};
constexpr Statement kLeave{
    "leave", "INSERT INTO notes ($columns) SELECT $columns FROM $rows", {"note text"}};
constexpr Statement kKillSelf{"kill_self", "SELECT pg_terminate_backend(pg_backend_pid())"};

// What a service would declare in storage/stores.h.
class Notes {
 public:
  Notes(Transaction& tx, std::string prefix) : tx_(tx), prefix_(std::move(prefix)) {}

  void Add(const std::string& note) { tx_.Exec(kAdd, prefix_ + note); }
  void Leave(const std::string& note) {
    Rows rows(kLeave);
    rows.Set("note", prefix_ + note);
    tx_.Write(kLeave, rows);
  }
  void Die() { tx_.Exec(kKillSelf); }

 private:
  Transaction& tx_;
  const std::string prefix_;
};

class UnitOfWorkTest : public ::testing::Test {
 protected:
  void SetUp() override { db_.Exec("CREATE TABLE notes (note text UNIQUE)"); }

  static absl::Time Soon() { return absl::Now() + absl::Seconds(20); }

  std::string Written() {
    return db_.QueryText("SELECT coalesce(string_agg(note, ' ' ORDER BY note), '') FROM notes");
  }

  test::TestDatabase db_{""};
  Pool pool_{{.conninfo = db_.Conninfo("postgres"), .pool_size = 2}, "test"};
  const UnitOfWork<Notes> work_{pool_, "by-ann:"};
};

TEST_F(UnitOfWorkTest, WhatItsStoresHaveWrittenIsCommittedTogether) {
  const absl::Status status = work_.Run("test", Soon(), [&](Notes& notes) {
    notes.Add("a");
    EXPECT_EQ(Written(), "");
    notes.Add("b");
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(Written(), "by-ann:a by-ann:b");
}

TEST_F(UnitOfWorkTest, OneStatementCommitsItself) {
  const absl::Status status =
      work_.RunOneStatement("test", Soon(), [&](Notes& notes) { notes.Leave("a"); });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(Written(), "by-ann:a");
  const absl::Status again =
      work_.RunOneStatement("test", Soon(), [&](Notes& notes) { notes.Leave("a"); });
  EXPECT_TRUE(absl::IsInvalidArgument(again)) << again;
}

TEST_F(UnitOfWorkTest, WhereOneStatementIsAllowedASecondOneIsABug) {
  const absl::Status status = work_.RunOneStatement("test", Soon(), [&](Notes& notes) {
    notes.Leave("a");
    notes.Leave("b");
  });
  EXPECT_TRUE(absl::IsInternal(status)) << status;
  EXPECT_NE(status.message().find("can't run another"), std::string::npos) << status;
}

TEST_F(UnitOfWorkTest, OneStatementPastItsDeadlineIsNotRun) {
  const absl::Status status = work_.RunOneStatement("test", absl::Now() - absl::Seconds(1),
                                                    [&](Notes& notes) { notes.Leave("a"); });
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(Written(), "");
}

TEST_F(UnitOfWorkTest, ABodyThatFailsWritesNothingAndItsErrorIsTheAnswer) {
  const absl::Status status = work_.Run("test", Soon(), [&](Notes& notes) {
    notes.Add("a");
    return MakeError(absl::StatusCode::kNotFound, "NO_SUCH_ORDER", "there is none");
  });
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_EQ(ReasonOf(status), "NO_SUCH_ORDER");
  EXPECT_EQ(Written(), "");
}

TEST_F(UnitOfWorkTest, ADeadlineThatPassesBeforeTheCommitWritesNothing) {
  const absl::Time deadline = absl::Now() + absl::Milliseconds(200);
  int runs = 0;
  const absl::Status status = work_.Run("test", deadline, [&](Notes& notes) {
    ++runs;
    notes.Add("a");
    test::WaitUntil([&] { return absl::Now() >= deadline; }, "the deadline");
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(Written(), "");
  EXPECT_TRUE(work_
                  .Run("test", Soon(),
                       [](Notes& notes) {
                         notes.Add("a");
                         return absl::OkStatus();
                       })
                  .ok());
  EXPECT_EQ(Written(), "by-ann:a");
}

TEST_F(UnitOfWorkTest, ADeadlineThatHasPassedWritesNothing) {
  const absl::Status status = work_.Run("test", absl::Now() - absl::Seconds(1), [&](Notes& notes) {
    notes.Add("a");
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  EXPECT_EQ(Written(), "");
}

TEST_F(UnitOfWorkTest, BusySessionsAreAnsweredWithAHintToComeBackBeforeTheDeadline) {
  const auto one = pool_.Acquire(Soon());
  const auto two = pool_.Acquire(Soon());
  ASSERT_TRUE(one.ok() && two.ok());
  // One caller with little time, and one with much: neither waits for all of it.
  for (const absl::Duration patience : {absl::Seconds(2), absl::Minutes(1)}) {
    const absl::Time begun_at = absl::Now();
    const absl::Time deadline = begun_at + patience;
    bool ran = false;
    const absl::Status status = work_.Run("test", deadline, [&](Notes&) {
      ran = true;
      return absl::OkStatus();
    });
    EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
    EXPECT_EQ(RetryAfterOf(status), absl::Milliseconds(250));
    EXPECT_LT(absl::Now(), std::min(deadline, begun_at + absl::Seconds(30)));
    EXPECT_FALSE(ran);
  }
}

TEST_F(UnitOfWorkTest, ABodysOwnHintIsKept) {
  const absl::Status status = work_.Run(
      "test", Soon(), [](Notes&) { return Overloaded("too many orders", absl::Seconds(7)); });
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_EQ(RetryAfterOf(status), absl::Seconds(7));
}

TEST_F(UnitOfWorkTest, ASessionThatDiesRunsTheBodyAgainOnNewStores) {
  int runs = 0;
  const absl::Status status = work_.Run("test", Soon(), [&](Notes& notes) {
    notes.Add("a");
    if (++runs == 1) notes.Die();
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Written(), "by-ann:a");
}

TEST_F(UnitOfWorkTest, StoresMayBeOpenedInATransactionThatSomebodyElseCommits) {
  const auto add = [&](const std::string& note, const absl::Status& outcome) {
    return RunTransaction(pool_, {.name = "test", .deadline = Soon()}, [&](Transaction& tx) {
      work_.Open(tx).Add(note);
      return outcome;
    });
  };
  EXPECT_TRUE(add("a", absl::OkStatus()).ok());
  EXPECT_TRUE(absl::IsNotFound(add("b", absl::NotFoundError("none"))));
  EXPECT_EQ(Written(), "by-ann:a");
}

}  // namespace
}  // namespace waybill::postgres
