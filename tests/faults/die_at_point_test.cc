// Every process dies at each of its fault points, under load and while others die, and is
// restarted: no order is lost, every order ends, and all books agree.
//
// The points in the relay's backfill and retention need special circumstances:
// relay_slot_loss_test.cc and relay_partitions_test.cc cover them.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/e2e/books.h"
#include "tests/e2e/load.h"
#include "tests/e2e/system.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

constexpr int kOrders = 200;
constexpr int kPerSecond = 100;

// A process and the point at which it dies; ":n" means the n-th time that it reaches the point.
using Deaths = std::map<std::string, std::string>;

struct Storm {
  const char* name;
  Deaths deaths;
};

const Storm kStorms[] = {
    {"BeforeACommit",
     {{kOrderSvc, "place_order.before_commit:9"},
      {kPaymentSvc, "postgres.before_commit:5"},
      {kInventorySvc, "postgres.before_commit:2"},
      {kNotificationSvc, "postgres.before_commit:3"},
      {kRelay, "outbox_relay.before_checkpoint:4"},
      {kSandbox, "payment_sandbox.effect:7"}}},
    {"AfterACommit",
     {{kOrderSvc, "place_order.after_commit:9"},
      {kPaymentSvc, "postgres.after_commit:5"},
      {kInventorySvc, "postgres.after_commit:2"},
      {kNotificationSvc, "postgres.after_commit:3"},
      {kRelay, "outbox_relay.before_confirm:4"},
      {kSandbox, "postgres.after_commit:11"}}},
    {"BetweenCommitAndOffset",
     {{kOrderSvc, "inbox.committed:2"},
      {kPaymentSvc, "inbox.committed:1"},
      {kInventorySvc, "inbox.committed:1"},
      {kNotificationSvc, "inbox.committed:1"}}},
    {"BeforeTheOffsetIsStored",
     {{kOrderSvc, "inbox.before_offset_store:2"},
      {kPaymentSvc, "inbox.before_offset_store:1"},
      {kInventorySvc, "inbox.before_offset_store:1"},
      {kNotificationSvc, "inbox.before_offset_store:1"}}},
    {"AroundTheStartOfAStep",
     {{kOrderSvc, "postgres.before_commit:20"},
      {kPaymentSvc, "payment_svc.step_started:3"},
      {kNotificationSvc, "notification_svc.sent_not_settled:1"}}},
    {"WithACallUnderWay",
     {{kOrderSvc, "postgres.after_commit:20"}, {kPaymentSvc, "payment_svc.step_submitted:3"}}},
    {"WithAnAnswerNotStored", {{kPaymentSvc, "payment_svc.step_answered:3"}}},
    {"WithAnAnswerStored", {{kPaymentSvc, "payment_svc.answer_stored:3"}}},
};

class DieAtPointTest : public ::testing::TestWithParam<Storm> {
 protected:
  static void SetUpTestSuite() {
    system_ = std::make_unique<System>(SystemOptions{.secure = false});
    Load::Stock(*system_);
  }
  static void TearDownTestSuite() { system_.reset(); }

  // Restarts every process in `deaths` that has died, and removes it from there.
  static bool AllHaveDiedAndAreBack(Deaths& deaths) {
    std::erase_if(deaths, [](const auto& death) {
      if (system_->IsRunning(death.first)) return false;
      system_->Start(death.first);
      return true;
    });
    return deaths.empty();
  }

  static std::unique_ptr<System> system_;
};

std::unique_ptr<System> DieAtPointTest::system_;

TEST_P(DieAtPointTest, NothingIsLost) {
  Deaths deaths = GetParam().deaths;
  const std::int64_t before = system_->Db("orders").QueryInt("SELECT count(*) FROM orders");
  for (const auto& [name, point] : deaths) {
    system_->Stop(name);
    system_->StartToDieAt(name, point);
  }
  Load load(*system_, kOrders, kPerSecond);
  const auto died =
      test::Eventually([&] { return AllHaveDiedAndAreBack(deaths); }, "deaths", absl::Seconds(90));
  std::string alive;
  for (const auto& [name, point] : deaths) alive += " " + name + " at " + point;
  EXPECT_TRUE(died) << "these processes never reached their points:" << alive;
  load.Finish();
  ASSERT_TRUE(BooksAgree(*system_, absl::Seconds(120)));
  EXPECT_EQ(system_->Db("orders").QueryInt("SELECT count(*) FROM orders"), before + kOrders);
}

INSTANTIATE_TEST_SUITE_P(Storms, DieAtPointTest, ::testing::ValuesIn(kStorms),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace waybill::e2e
