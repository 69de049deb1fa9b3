// A service whose database was restored to an earlier point reads its topics again.
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/e2e/orderctl.h"
#include "tests/e2e/shop.h"
#include "tests/e2e/system.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

using nlohmann::json;

class RewindTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    system_ = std::make_unique<System>();
    Shop(*system_).Stock("tea", 790, 1000);
  }
  static void TearDownTestSuite() { system_.reset(); }

  void SetUp() override {
    Shop shop(*system_);
    order_ = shop.Place({.items = {{"tea", 1}}}).order_id();
    shop.WaitFor(order_, orders_v1::ORDER_STATE_CONFIRMED);
    MailSent();
  }

  void MailSent() {
    ASSERT_TRUE(test::Eventually([&] { return CountMails(" AND state = 'SENT'") == 1; },
                                 "the mail of the order's end", absl::Seconds(60)));
  }
  std::int64_t CountMails(const std::string& more = "") {
    return Mails().QueryInt("SELECT count(*) FROM mails WHERE order_id = '" + order_ + "'" + more);
  }
  static test::TestDatabase& Mails() { return system_->Db("notifications"); }

  // How many records the service reads again, or would.
  static int Rewind(const std::string& service, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"rewind", "--service", service, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return json::parse(Orderctl(*system_).Output(arguments)).at("records").get<int>();
  }

  static std::unique_ptr<System> system_;
  std::string order_;
};

std::unique_ptr<System> RewindTest::system_;

TEST_F(RewindTest, WhatTheRestoredDatabaseLostHappensAgainAndNothingElse) {
  system_->Stop(kNotificationSvc);
  const int records = Rewind(kNotificationSvc, {"--to", "1h", "--dry-run"});
  EXPECT_GE(records, 1);
  EXPECT_EQ(Rewind(kNotificationSvc, {"--to", "1h", "--dry-run"}), records) << "nothing was done";
  EXPECT_EQ(Rewind(kNotificationSvc, {"--to", "0s", "--dry-run"}), 0) << "nothing is that new";
  EXPECT_EQ(Rewind(kNotificationSvc, {"--to", "1h"}), records);
  EXPECT_EQ(Rewind(kNotificationSvc, {"--to", "1h", "--dry-run"}), 0) << "it is there already";
  Mails().Exec("DELETE FROM mails");
  Mails().Exec("DELETE FROM inbox");
  system_->Start(kNotificationSvc);
  MailSent();
  EXPECT_EQ(CountMails(), 1);
}

TEST_F(RewindTest, WithoutATimeItBeginsShortlyBeforeTheNewestEventOfTheDatabase) {
  system_->Stop(kPaymentSvc);
  EXPECT_GE(Rewind(kPaymentSvc, {}), 1);
  system_->Start(kPaymentSvc);
  ASSERT_TRUE(Shop(*system_).Cancel(order_).ok());
  EXPECT_TRUE(test::Eventually([&] { return Sandbox(*system_).Ledger(order_).refunded == 790; },
                               "the money given back", absl::Seconds(60)));
  EXPECT_EQ(Sandbox(*system_).Ledger(order_).captured, 790);
}

TEST_F(RewindTest, AGroupWithMembersStaysWhereItIs) {
  // Its offsets are committed some time after it has read.
  EXPECT_TRUE(test::Eventually(
      [] {
        return Rewind(kPaymentSvc, {"--to", "1h", "--dry-run"}) > 0;
      },
      "a dry run beside the running service", absl::Seconds(60)));
  const test::Finished refused =
      Orderctl(*system_).Run({"rewind", "--service", kPaymentSvc, "--to", "1h"});
  EXPECT_EQ(refused.status, 1) << refused.output;
  EXPECT_NE(refused.output.find("stop every instance of payment_svc first"), std::string::npos)
      << refused.output;
}

TEST_F(RewindTest, AServiceOrATimeThatThereIsNotIsRefused) {
  EXPECT_EQ(Orderctl(*system_).Run({"rewind", "--to", "1h"}).status, 2);
  EXPECT_EQ(Orderctl(*system_).Run({"rewind", "--service", "mail_svc", "--to", "1h"}).status, 2);
  const test::Finished refused =
      Orderctl(*system_).Run({"rewind", "--service", kPaymentSvc, "--to", "yesterday"});
  EXPECT_EQ(refused.status, 1) << refused.output;
}

}  // namespace
}  // namespace waybill::e2e
