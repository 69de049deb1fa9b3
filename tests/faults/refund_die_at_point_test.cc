// Every process dies at each fault point that a refund passes, while others are made, and is
// restarted: each refund is made once, and all books agree.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/books.h"
#include "tests/e2e/shop.h"
#include "tests/e2e/system.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

constexpr int kOrders = 8;
// Each order is of 3 teas, and gets so many refunds.
constexpr int kRefunds = 3;
constexpr std::int64_t kTea = 790;

struct Death {
  const char* name;
  const char* process;
  // ":n" means the n-th time that the process reaches the point.
  const char* point;
};

const Death kDeaths[] = {
    {"BeforeTheRequestsCommit", kOrderSvc, "refund_order.before_commit:5"},
    {"AfterTheRequestsCommit", kOrderSvc, "refund_order.after_commit:5"},
    {"BeforeARequestIsConsumed", kPaymentSvc, "inbox.committed:1"},
    {"BeforeItsOffsetIsStored", kPaymentSvc, "inbox.before_offset_store:1"},
    {"WithAStepStarted", kPaymentSvc, "payment_svc.step_started:2"},
    {"WithACallUnderWay", kPaymentSvc, "payment_svc.step_submitted:2"},
    {"WithAnAnswerNotStored", kPaymentSvc, "payment_svc.step_answered:2"},
    {"WithAnAnswerStored", kPaymentSvc, "payment_svc.answer_stored:2"},
    {"AtTheProvider", kSandbox, "payment_sandbox.effect:5"},
    {"AfterTheProvidersCommit", kSandbox, "postgres.after_commit:5"},
    {"BeforeTheResultIsConsumed", kOrderSvc, "inbox.committed:1"},
    {"BeforeTheResultsOffsetIsStored", kOrderSvc, "inbox.before_offset_store:1"},
    {"AfterAMailWasSent", kNotificationSvc, "notification_svc.sent_not_settled:1"},
};

class RefundDieAtPointTest : public ::testing::TestWithParam<Death> {
 protected:
  static void SetUpTestSuite() {
    system_ = std::make_unique<System>(SystemOptions{.secure = false});
    Shop(*system_).Stock("tea", kTea, 1'000'000);
  }
  static void TearDownTestSuite() { system_.reset(); }

  static std::unique_ptr<System> system_;
};

std::unique_ptr<System> RefundDieAtPointTest::system_;

TEST_P(RefundDieAtPointTest, NothingIsRefundedTwice) {
  const auto& [unused, process, point] = GetParam();
  Shop shop(*system_);
  std::vector<Purchase> purchases(kOrders, Purchase{.items = {{"tea", kRefunds}}});
  for (Purchase& purchase : purchases) purchase.request_id = NewRequestId();
  std::vector<std::string> orders;
  for (const orders_v1::Order& order : shop.PlaceAll(purchases)) orders.push_back(order.order_id());
  for (const std::string& id : orders) shop.WaitFor(id, orders_v1::ORDER_STATE_CONFIRMED);

  system_->Stop(process);
  system_->StartToDieAt(process, point);
  std::vector<std::thread> operators;
  std::vector<std::string> errors(orders.size());
  for (std::size_t i = 0; i < orders.size(); ++i) {
    operators.emplace_back([&, i] {
      try {
        // The last refund of every second order stays with its cancellation.
        for (int n = 0; n < kRefunds - static_cast<int>(i % 2); ++n) {
          shop.MustRefund(orders[i], kTea);
        }
      } catch (const std::exception& error) {
        errors[i] = error.what();
      }
    });
  }
  const auto died =
      test::Eventually([&] { return !system_->IsRunning(process); }, "a death", absl::Seconds(60));
  EXPECT_TRUE(died) << process << " never reached " << point;
  if (died) system_->Start(process);
  for (std::thread& one : operators) one.join();
  for (const std::string& error : errors) EXPECT_EQ(error, "");
  for (std::size_t i = 1; i < orders.size(); i += 2) {
    EXPECT_TRUE(test::Eventually([&] { return shop.Cancel(orders[i]).ok(); }, "a cancellation"));
  }
  ASSERT_TRUE(BooksAgree(*system_, absl::Seconds(120)));
  const Sandbox sandbox(*system_);
  for (const std::string& id : orders) {
    EXPECT_EQ(sandbox.Ledger(id).refunded, kRefunds * kTea) << id;
  }
}

INSTANTIATE_TEST_SUITE_P(Deaths, RefundDieAtPointTest, ::testing::ValuesIn(kDeaths),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace waybill::e2e
