// Runs orderctl verify while the system is working.
#include <gtest/gtest.h>

#include <functional>

#include "tests/e2e/books.h"
#include "tests/e2e/shop.h"
#include "tests/e2e/verify.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

TEST(VerifyLiveTest, ABusySystemIsClean) {
  System system;
  Shop shop(system);
  shop.Stock("tea", 790, 1'000'000);
  std::vector<Purchase> purchases(60, Purchase{.items = {{"tea", 1}}});
  for (std::size_t i = 0; i < purchases.size(); ++i) {
    purchases[i].request_id = NewRequestId();
    if (i % 5 == 0) purchases[i].payment_method = kDeclinedCard;
  }
  const std::vector<orders_v1::Order> orders = shop.PlaceAll(purchases);
  // While the orders are under way, none of them is judged.
  const json busy = Verify(system, 0, {}, "600");
  EXPECT_EQ(busy.at("violations").size(), 0u) << busy.dump(1);
  EXPECT_EQ(busy.at("judged"), 0);
  EXPECT_GT(busy.at("moving").get<int>(), 0);

  shop.Cancel(orders.back().order_id());
  ASSERT_TRUE(BooksAgree(system));
  const json report = Verify(system, 0, {"--drain"});
  EXPECT_EQ(report.at("violations").size(), 0u) << report.dump(1);
  EXPECT_EQ(report.at("judged"), 60);
  EXPECT_EQ(report.at("moving"), 0);
  EXPECT_GT(report.at("mails").get<int>(), 0);
  EXPECT_EQ(report.at("awaiting"), 0);
  EXPECT_EQ(report.at("readAgain"), 0);

  // The second pass reads only the suspect and what is new.
  system.Db("payments")
      .Exec("UPDATE payments SET state = 'voided' WHERE order_id = '" + orders.at(1).order_id() +
            "'");
  const json wrong = Verify(system, 3);
  EXPECT_EQ(wrong.at("violations").size(), 1u) << wrong.dump(1);
  EXPECT_GT(wrong.at("readAgain").get<int>(), 5);
  EXPECT_LT(wrong.at("readAgain").get<int>() * 4, wrong.at("rows").get<int>()) << wrong.dump(1);
}

TEST(VerifyLiveTest, WhatWaitsForAServiceOrForTheRelayIsNotLost) {
  System system;
  Shop shop(system);
  shop.Stock("tea", 790, 1000);
  std::vector<std::string> orders = {shop.Place({.items = {{"tea", 1}}}).order_id()};
  shop.WaitFor(orders.front(), orders_v1::ORDER_STATE_CONFIRMED);
  // Offsets are committed slightly later than effects.
  Verify(system, 0, {"--drain"});
  system.Kill(kPaymentSvc);
  for (int i = 0; i < 3; ++i) orders.push_back(shop.Place({.items = {{"tea", 1}}}).order_id());
  json report;
  // There must be no violation until then: Verify checks the exit code.
  const auto waits = [&](const std::function<bool()>& as_expected) {
    return test::Eventually(
        [&] {
          report = Verify(system, 0);
          return report.at("awaiting") == 3 && report.at("moving") == 0 && as_expected();
        },
        "three orders that wait", absl::Seconds(60));
  };
  EXPECT_TRUE(waits([&] { return report.at("behind").at("payment_svc") >= 3; })) << report;
  EXPECT_EQ(report.at("unpublished"), 0) << report;
  EXPECT_EQ(report.at("judged"), 1) << report;

  // Whatever doesn't depend on the awaited events is judged.
  const std::string put_back = " WHERE order_id = '" + orders.back() + "'";
  system.Db("orders").Exec("UPDATE orders SET event_sequence = 2" + put_back);
  const json wrong = Verify(system, 3);
  EXPECT_EQ(wrong.at("violations").size(), 1u) << wrong.dump(1);
  EXPECT_EQ(wrong.at("violations").at(0).at("promise"), 3) << wrong.dump(1);
  system.Db("orders").Exec("UPDATE orders SET event_sequence = 1" + put_back);

  system.Kill(kRelay);
  system.Start(kPaymentSvc);
  EXPECT_TRUE(waits([&] { return report.at("unpublished") == 3; })) << report;
  system.Start(kRelay);
  for (const std::string& order : orders) {
    shop.WaitFor(order, orders_v1::ORDER_STATE_CONFIRMED, absl::Seconds(90));
  }
  report = Verify(system, 0, {"--drain"});
  EXPECT_EQ(report.at("judged"), 4) << report;
  EXPECT_EQ(report.at("awaiting"), 0) << report;
}

}  // namespace
}  // namespace waybill::e2e
