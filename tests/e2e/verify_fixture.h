// A system with one confirmed and one cancelled order, whose databases a test alters by hand.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "tests/e2e/books.h"
#include "tests/e2e/orderctl.h"
#include "tests/e2e/shop.h"
#include "tests/e2e/system.h"
#include "tests/e2e/verify.h"
#include "tests/support/wait.h"

namespace waybill::e2e {

inline constexpr char kNew[] = "01941f29-7c00-7000-8000-00000000000a";

class VerifyTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    system_ = std::make_unique<System>();
    const Shop::Ended ended = Shop(*system_).PlaceOneOfEachEnd();
    confirmed_ = ended.confirmed;
    cancelled_ = ended.cancelled;
    ASSERT_TRUE(BooksAgree(*system_));
    const json report = Verify(*system_, 0, {"--drain"});
    ASSERT_EQ(report.at("judged"), 2) << report;
    // Nothing may change what the tests plant.
    for (const char* name : {kOrderSvc, kPaymentSvc, kInventorySvc, kNotificationSvc, kRelay})
      system_->Kill(name);
  }
  static void TearDownTestSuite() { system_.reset(); }
  void TearDown() override {
    EXPECT_EQ(Verify(*system_, 0).at("violations").size(), 0u)
        << "a planted violation was not undone";
  }

  static std::string WithIds(const std::string& sql) {
    return absl::StrReplaceAll(
        sql, {{"$CONFIRMED", "'" + confirmed_ + "'"}, {"$CANCELLED", "'" + cancelled_ + "'"}});
  }

  // Executes `plant` in the database; then verify must report that promise, with a text that
  // contains `what`, about that order, and no other promise or order. `undo` restores the database.
  void ExpectNamed(int promise, const std::string& what, const std::string& database,
                   const std::string& plant, const std::string& undo,
                   const std::string& order = confirmed_) {
    test::TestDatabase& db = system_->Db(database);
    db.Exec(WithIds(plant));
    ExpectOnly(promise, what, order, plant);
    db.Exec(WithIds(undo));
  }

  static void ExpectOnly(int promise, const std::string& what, const std::string& order,
                         const std::string& plant) {
    json violations;
    // Rows that have just been written are not judged yet.
    EXPECT_TRUE(test::Eventually(
        [&] {
          const test::Finished run = Orderctl(*system_).Run({"verify", "--json", "--idle", kIdle});
          if (run.status == 3) violations = json::parse(run.output).at("violations");
          return run.status == 3;
        },
        "a violation"))
        << plant;
    bool seen = false;
    for (const json& violation : violations) {
      EXPECT_EQ(violation.at("promise"), promise) << plant << "\n" << violations.dump(1);
      const std::string about = violation.at("orderId");
      EXPECT_TRUE(order.empty() || about.empty() || about == order) << violations.dump(1);
      seen = seen || absl::StrContains(violation.at("what").get<std::string>(), what);
    }
    EXPECT_TRUE(seen) << plant << "\n" << violations.dump(1);
  }

  inline static std::unique_ptr<System> system_;
  inline static std::string confirmed_, cancelled_;
};

}  // namespace waybill::e2e
