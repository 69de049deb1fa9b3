// Any single process is killed with SIGKILL under load and restarted: no order is lost, every order
// ends, and all books agree.
#include <gtest/gtest.h>

#include <set>

#include "tests/e2e/books.h"
#include "tests/e2e/load.h"
#include "tests/e2e/system.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

constexpr int kOrders = 600;

class KillTest : public ::testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() {
    system_ = std::make_unique<System>(SystemOptions{.secure = false});
    Load::Stock(*system_);
  }
  static void TearDownTestSuite() { system_.reset(); }

  static std::unique_ptr<System> system_;
};

std::unique_ptr<System> KillTest::system_;

TEST_P(KillTest, UnderLoadNothingIsLost) {
  const std::string victim = GetParam();
  const std::int64_t before = system_->Db("orders").QueryInt("SELECT count(*) FROM orders");
  Load load(*system_, kOrders);
  ASSERT_TRUE(test::Eventually([&] { return load.placed() >= kOrders / 4; },
                               "a quarter of the orders to be placed"));
  system_->Kill(victim);
  // Without order_svc no more orders are placed; without any other process the load continues.
  if (victim != kOrderSvc) {
    ASSERT_TRUE(test::Eventually([&] { return load.placed() >= kOrders / 2; },
                                 "half of the orders to be placed"));
  }
  system_->Start(victim);
  const std::vector<std::string> placed = load.Finish();

  EXPECT_EQ(std::set<std::string>(placed.begin(), placed.end()).size(), std::size_t{kOrders});
  ASSERT_TRUE(BooksAgree(*system_, absl::Seconds(120)));
  EXPECT_EQ(system_->Db("orders").QueryInt("SELECT count(*) FROM orders"), before + kOrders);
  for (const std::string& id : placed) {
    ASSERT_EQ(
        system_->Db("orders").QueryInt("SELECT count(*) FROM orders WHERE order_id = '" + id + "'"),
        1);
  }
}

INSTANTIATE_TEST_SUITE_P(Processes, KillTest,
                         ::testing::Values(kOrderSvc, kPaymentSvc, kInventorySvc, kNotificationSvc,
                                           kRelay, kSandbox, kMailSink),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace waybill::e2e
