// Orders that don't end in time, because the payment provider or payment_svc doesn't answer.
#include <gtest/gtest.h>

#include "tests/e2e/books.h"
#include "tests/e2e/shop.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

class TimeoutTest : public ::testing::Test {
 protected:
  TimeoutTest() {
    shop_.Stock("tea", 790, 1000);
    shop_.Stock("pot", 3400, 1000);
    WarmUp();
  }

  // Services serve before their consumers have partitions assigned; meanwhile an order may time
  // out.
  void WarmUp() {
    test::WaitUntil(
        [this] {
          const std::string id = shop_.Place({.items = {{"pot", 1}}}).order_id();
          orders_v1::OrderState state = orders_v1::ORDER_STATE_PLACED;
          test::WaitUntil(
              [&] {
                state = shop_.Get(id).state();
                return state == orders_v1::ORDER_STATE_CONFIRMED ||
                       state == orders_v1::ORDER_STATE_CANCELLED;
              },
              "the end of an order");
          return state == orders_v1::ORDER_STATE_CONFIRMED;
        },
        "an order confirmed in time");
  }

  void ExpectTimedOut(const std::string& id) {
    const orders_v1::Order order = shop_.WaitFor(id, orders_v1::ORDER_STATE_CANCELLED);
    EXPECT_EQ(order.cancel_reason(), orders_v1::CANCEL_REASON_TIMED_OUT);
  }
  std::int64_t Reserved() {
    return system_.Db("inventory").QueryInt("SELECT reserved FROM stock WHERE product_id = 'tea'");
  }

  System system_{{.order_timeout = "2s", .provider_call_timeout = "500ms"}};
  Shop shop_{system_};
  Sandbox sandbox_{system_};
};

TEST_F(TimeoutTest, MoneyHeldByAProviderThatAnswersLateIsReleased) {
  sandbox_.OrderFault("late", "authorize", absl::Seconds(6));
  const std::string id = shop_.Place({.items = {{"tea", 1}}}).order_id();
  ExpectTimedOut(id);
  EXPECT_EQ(sandbox_.Ledger(id).intents, 0)
      << "the provider answered before the order was cancelled";
  ASSERT_TRUE(
      test::Eventually([&] { return sandbox_.Ledger(id).intents == 1; }, "the late answer"));
  ASSERT_TRUE(BooksAgree(system_));
  EXPECT_EQ(
      system_.Db("payments").QueryText("SELECT state FROM payments WHERE order_id = '" + id + "'"),
      "voided");
  EXPECT_EQ(Reserved(), 0);
}

TEST_F(TimeoutTest, ACallThatHangsForEverHoldsNoMoney) {
  // More of them than are made until the order times out.
  sandbox_.OrderFault("hang", "authorize", absl::Seconds(4), "", 20);
  const std::string id = shop_.Place({.items = {{"tea", 1}}}).order_id();
  ExpectTimedOut(id);
  ASSERT_TRUE(BooksAgree(system_));
  const Sandbox::Totals ledger = sandbox_.Ledger(id);
  EXPECT_EQ(ledger.held, 0);
  EXPECT_EQ(ledger.captured, 0);
  EXPECT_EQ(Reserved(), 0);
}

TEST_F(TimeoutTest, ALateCaptureIsRefunded) {
  sandbox_.OrderFault("late", "capture", absl::Seconds(6));
  const std::string id = shop_.Place({.items = {{"tea", 1}}}).order_id();
  ExpectTimedOut(id);
  // The hold may be voided before the provider gets as far as the capture, which is then refused.
  (void)test::Eventually([&] { return sandbox_.Ledger(id).captured == 790; }, "the late capture",
                         absl::Seconds(10));
  ASSERT_TRUE(BooksAgree(system_));
  EXPECT_EQ(sandbox_.Ledger(id).refunded, sandbox_.Ledger(id).captured);
  EXPECT_EQ(Reserved(), 0);
}

TEST_F(TimeoutTest, OrdersEndWhilePaymentsAreAwayAndNoMoneyIsTakenLater) {
  system_.Kill(kPaymentSvc);
  const std::string id = shop_.Place({.items = {{"tea", 1}}}).order_id();
  ExpectTimedOut(id);
  system_.Start(kPaymentSvc);
  ASSERT_TRUE(BooksAgree(system_));
  EXPECT_EQ(sandbox_.Ledger(id).captured, 0);
}

}  // namespace
}  // namespace waybill::e2e
