#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "platform/postgres/run_transaction.h"
#include "platform/request_keys/request_keys.h"
#include "tests/support/test_database.h"

namespace waybill::request_keys {
namespace {

class RequestKeysTest : public ::testing::Test {
 protected:
  std::map<RequestKey, Record> InsertAll(const std::vector<Record>& records) {
    std::map<RequestKey, Record> taken;
    const absl::Status status = postgres::RunTransaction(
        pool_, {.name = "test", .deadline = absl::Now() + absl::Seconds(20)},
        [&](postgres::Transaction& tx) {
          taken = Insert(tx, records);
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    return taken;
  }

  test::TestDatabase db_{"orders"};
  postgres::Pool pool_{{.conninfo = db_.Conninfo("order_svc")}, "test"};
  const RequestKey key_{UserId("ann"), RequestId::New()};
};

TEST_F(RequestKeysTest, AKeyIsTakenOnceAndTellsWhatItHolds) {
  EXPECT_TRUE(InsertAll({{key_, "f1", "order-1", "answer"}}).empty());
  const auto taken = InsertAll({{key_, "f2", "order-2", ""}});
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken.at(key_).fingerprint, "f1");
  EXPECT_EQ(taken.at(key_).resource, "order-1");
  EXPECT_EQ(taken.at(key_).response, "answer");
}

TEST_F(RequestKeysTest, OfTwoWithOneKeyInABatchTheFirstWins) {
  const auto taken = InsertAll({{key_, "f", "order-1", ""}, {key_, "f", "order-2", ""}});
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken.at(key_).resource, "order-1");
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM request_keys"), 1);
}

TEST_F(RequestKeysTest, AnotherUsersKeyIsAnotherKey) {
  EXPECT_TRUE(InsertAll({{key_, "f", "order-1", ""}}).empty());
  EXPECT_TRUE(InsertAll({{{UserId("bob"), key_.request_id}, "f", "order-2", ""}}).empty());
}

TEST(FingerprintTest, TellsParameterListsApart) {
  EXPECT_NE(Fingerprint("m", {"ab", "c"}), Fingerprint("m", {"a", "bc"}));
  EXPECT_NE(Fingerprint("m", {"a"}), Fingerprint("n", {"a"}));
  EXPECT_NE(Fingerprint("m", {}), Fingerprint("m", {""}));
  EXPECT_EQ(Fingerprint("m", {"a", "b"}), Fingerprint("m", {"a", "b"}));
}

}  // namespace
}  // namespace waybill::request_keys
