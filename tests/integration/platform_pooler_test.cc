// A pooler in front of PostgreSQL is fine while it leaves each session its backend.
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "platform/postgres/unit_of_work.h"
#include "tests/support/pooler.h"
#include "tests/support/test_database.h"

namespace waybill::postgres {
namespace {

constexpr Statement kInsert{"insert", "INSERT INTO t (note) VALUES ($1::text)"};
constexpr Statement kShow{"show", "SELECT current_setting($1::text) AS value"};

class PoolerTest : public ::testing::Test {
 protected:
  PoolerTest() { db_.Exec("CREATE TABLE t (note text); GRANT ALL ON t TO PUBLIC"); }

  PostgresConfig Through(const test::Pooler& pooler) {
    return {.conninfo = pooler.Conninfo() + " dbname=" + db_.name() + " user=order_svc",
            .pool_size = 4};
  }

  test::TestDatabase db_{""};
};

TEST_F(PoolerTest, OneThatSharesBackendsBetweenTransactionsIsRefusedAtTheStartWithTheReason) {
  const test::Pooler pooler("transaction");
  // A first start finds an empty pooler, a later one what the first has left.
  for (int start = 0; start < 3; ++start) {
    Pool pool(Through(pooler), "test");
    const absl::Status status = pool.WaitUntilReachable();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "pool_mode = session")) << status;
  }
}

TEST_F(PoolerTest, OneThatSharesBackendsBetweenStatementsIsRefusedAtTheStart) {
  const test::Pooler pooler("statement");
  Pool pool(Through(pooler), "test");
  EXPECT_FALSE(pool.WaitUntilReachable().ok());
}

TEST_F(PoolerTest, OneThatLeavesASessionItsBackendServesAndKeepsItsSettings) {
  const test::Pooler pooler("session");
  db_.Exec("ALTER DATABASE " + db_.name() + " SET TimeZone = 'Asia/Kathmandu'");
  for (int start = 0; start < 3; ++start) {
    Pool pool(Through(pooler), "test");
    const absl::Status reachable = pool.WaitUntilReachable();
    EXPECT_TRUE(reachable.ok()) << reachable;
    for (int i = 0; i < 3; ++i) {
      const absl::Status status = RunTransaction(
          pool, {.name = "test", .deadline = absl::Now() + absl::Seconds(20)}, [](Transaction& tx) {
            tx.Exec(kInsert, "n");
            EXPECT_EQ(tx.Exec(kShow, "TimeZone").front().Get<std::string>("value"), "UTC");
            return absl::OkStatus();
          });
      EXPECT_TRUE(status.ok()) << status;
    }
  }
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM t"), 9);
}

}  // namespace
}  // namespace waybill::postgres
