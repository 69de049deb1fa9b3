// The shared worker, over the request keys of a real database.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/time/clock.h"
#include "platform/postgres/unit_of_work.h"
#include "platform/request_keys/key_retirement.h"
#include "platform/retention/retirement.h"
#include "tests/support/test_database.h"

namespace waybill::retention {
namespace {

using ::testing::HasSubstr;

class RetentionTest : public ::testing::Test {
 protected:
  // `old` keys of 50 hours ago, and 10 of now.
  void Fill(int old) {
    db_.Exec(
        "INSERT INTO request_keys SELECT 'ann', gen_random_uuid(), ''::bytea, '', ''::bytea, now() "
        "- "
        "interval '50 hours' FROM generate_series(1, " +
        std::to_string(old) +
        "); INSERT INTO request_keys SELECT 'bob', gen_random_uuid(), ''::bytea, '' FROM "
        "generate_series(1, 10); ANALYZE request_keys");
  }
  Rule KeysRule() {
    return {.what = "request_keys",
            .period = absl::Hours(48),
            .retire = [](postgres::Transaction& tx,
                         const Batch& batch) { return request_keys::RetireKeys(tx, batch); },
            .leaves_mark = true};
  }
  std::int64_t Keys(const std::string& user) {
    return db_.QueryInt("SELECT count(*) FROM request_keys WHERE user_id = '" + user + "'");
  }
  std::string Metrics() { return registry_.Text(); }

  test::TestDatabase db_{"orders"};
  postgres::Pool pool_{{.conninfo = db_.Conninfo("order_svc"), .pool_size = 4}, "test"};
  metrics::Registry registry_;
  const RetentionConfig config_{.batch = 100};
  Retirement retirement_{pool_, config_, registry_};
};

TEST_F(RetentionTest, OldRowsGoInBatchesAndYoungOnesStay) {
  Fill(250);
  retirement_.Add(KeysRule());
  EXPECT_EQ(retirement_.Run().value(), RoundResult::kMoreWork);
  EXPECT_EQ(Keys("ann"), 150) << "one batch, no more";
  EXPECT_EQ(retirement_.Run().value(), RoundResult::kMoreWork);
  EXPECT_EQ(retirement_.Run().value(), RoundResult::kIdle);
  EXPECT_EQ(Keys("ann"), 0);
  EXPECT_EQ(Keys("bob"), 10);
  EXPECT_THAT(Metrics(), HasSubstr("waybill_retention_rows_total{what=\"request_keys\"} 250"));
}

TEST_F(RetentionTest, TheMarkSaysHowFarItHasComeAndNeverGoesBack) {
  Fill(1);
  retirement_.Add(KeysRule());
  db_.Exec("INSERT INTO retention_marks VALUES ('request_keys', now() + interval '1 hour')");
  ASSERT_TRUE(retirement_.Run().ok());
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM retention_marks WHERE before > now()"), 1);
  Fill(1);
  db_.Exec("DELETE FROM retention_marks");
  ASSERT_TRUE(retirement_.Run().ok());
  EXPECT_EQ(
      db_.QueryInt("SELECT count(*) FROM retention_marks WHERE what = 'request_keys' AND "
                   "before BETWEEN now() - interval '49 hours' AND now() - interval '48 hours'"),
      1);
}

TEST_F(RetentionTest, NothingIsRetiredWhenItIsSwitchedOffOrKeptForEver) {
  Fill(5);
  Rule for_ever = KeysRule();
  for_ever.period = absl::ZeroDuration();
  retirement_.Add(for_ever);
  EXPECT_EQ(retirement_.Run().value(), RoundResult::kIdle);
  Retirement off(pool_, {.enabled = false}, registry_);
  off.Add(KeysRule());
  EXPECT_EQ(off.Run().value(), RoundResult::kIdle);
  EXPECT_EQ(Keys("ann"), 5);
}

TEST_F(RetentionTest, ABatchThatFailsIsRolledBackAndRetiredAgainAndHoldsNoOtherRuleUp) {
  constexpr postgres::Statement kFails{"fails", "SELECT 1 / (SELECT 0)"};
  Fill(5);
  bool fails = true;
  Rule failing = KeysRule();
  failing.what = "failing";
  failing.retire = [&](postgres::Transaction& tx, const Batch& batch) {
    const std::int64_t rows = request_keys::RetireKeys(tx, batch);
    if (fails) tx.Exec(kFails);
    return rows;
  };
  retirement_.Add(failing);
  EXPECT_FALSE(retirement_.Run().ok());
  EXPECT_EQ(Keys("ann"), 5);
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM retention_marks"), 0);
  EXPECT_THAT(Metrics(), HasSubstr("waybill_retention_failures_total{what=\"failing\"} 1"));

  retirement_.Add(KeysRule());
  const auto result = retirement_.Run();
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("failing: "));
  EXPECT_EQ(Keys("ann"), 0) << "the other rule has had its turn";

  fails = false;
  Fill(5);
  EXPECT_EQ(retirement_.Run().value(), RoundResult::kIdle);
  EXPECT_EQ(Keys("ann"), 0);
}

TEST_F(RetentionTest, TwoInstancesAtOnceRetireEachRowOnceAndNothingElse) {
  Fill(1000);
  metrics::Registry registries[2];
  std::vector<std::thread> instances;
  for (metrics::Registry& registry : registries) {
    instances.emplace_back([&] {
      Retirement instance(pool_, config_, registry);
      instance.Add(KeysRule());
      for (int round = 0; round < 20; ++round) EXPECT_TRUE(instance.Run().ok());
    });
  }
  for (std::thread& instance : instances) instance.join();
  EXPECT_EQ(Keys("ann"), 0);
  EXPECT_EQ(Keys("bob"), 10);
}

TEST_F(RetentionTest, TheTableIsNeverScanned) {
  db_.Exec(
      "INSERT INTO request_keys SELECT 'bob', gen_random_uuid(), ''::bytea, '' FROM "
      "generate_series(1, 20000)");
  Fill(150);
  Rule rule = KeysRule();
  rule.retire = [](postgres::Transaction& tx, const Batch& batch) {
    constexpr postgres::Statement kScans{"scans", R"sql(
        SELECT coalesce(sum(seq_scan), 0)::bigint AS scans FROM pg_stat_xact_user_tables
        WHERE relname = 'request_keys')sql"};
    const std::int64_t rows = request_keys::RetireKeys(tx, batch);
    EXPECT_EQ(tx.Exec(kScans).front().Get<std::int64_t>("scans"), 0);
    return rows;
  };
  retirement_.Add(rule);
  EXPECT_EQ(retirement_.Run().value(), RoundResult::kMoreWork);
  EXPECT_EQ(retirement_.Run().value(), RoundResult::kIdle);
  EXPECT_EQ(retirement_.Run().value(), RoundResult::kIdle);
}

}  // namespace
}  // namespace waybill::retention
