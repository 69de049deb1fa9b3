// Runs the operator's command line against the running system.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "tests/e2e/orderctl.h"
#include "tests/e2e/shop.h"
#include "tests/e2e/system.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

using nlohmann::json;

class OrderctlTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { system_ = std::make_unique<System>(); }
  static void TearDownTestSuite() { system_.reset(); }
  void SetUp() override {
    Shop(*system_).Stock("pot", 3400, 1'000'000);
    Shop(*system_).Stock("tea", 790, 1'000'000);
  }

  test::Finished Run(const std::vector<std::string>& arguments) {
    return Orderctl(*system_).Run(arguments);
  }
  // Returns the command's output; the command must succeed.
  std::string Output(const std::vector<std::string>& arguments, const std::string& user = "ann") {
    return Orderctl(*system_).Output(arguments, user);
  }
  std::string Place(const std::string& payment_method = kGoodCard,
                    const std::string& user = "ann") {
    const std::string id =
        Output({"place", "--quiet", "--item", "tea:2", "--item", "pot:1", "--email",
                "ann@example.com", "--payment-method", payment_method},
               user);
    return std::string(absl::StripSuffix(id, "\n"));
  }

  static std::unique_ptr<System> system_;
};

std::unique_ptr<System> OrderctlTest::system_;

TEST_F(OrderctlTest, TheTimelineTellsEachStepOfAConfirmedOrder) {
  const std::string id = Place();
  const json timeline = json::parse(Output({"timeline", id, "--wait", "--json"}));
  EXPECT_EQ(timeline.at("orderId"), id);
  EXPECT_TRUE(timeline.at("complete").get<bool>());
  std::vector<std::string> steps;
  std::int64_t last = 0;
  for (const json& step : timeline.at("steps")) {
    steps.push_back(step.at("step"));
    EXPECT_GE(step.at("ms").get<std::int64_t>(), last);
    last = step.at("ms");
  }
  EXPECT_EQ(absl::StrJoin(steps, ", "),
            "placed, payment confirmed, items reserved, payment captured, confirmed, mailed");

  const std::string brief = Output({"timeline", id, "--brief"});
  EXPECT_TRUE(absl::StrContains(brief, "       0 ms  placed\n")) << brief;
  EXPECT_TRUE(absl::StrContains(brief, " ms  mailed (Your order is confirmed")) << brief;
}

TEST_F(OrderctlTest, TheTimelineTellsWhyAnOrderWasCancelled) {
  const std::string declined = Output({"timeline", Place(kDeclinedCard), "--wait", "--brief"});
  EXPECT_TRUE(absl::StrContains(declined, "payment declined (")) << declined;
  EXPECT_TRUE(absl::StrContains(declined, "cancelled (PAYMENT_DECLINED)")) << declined;

  const std::string id = Place();
  Output({"timeline", id, "--wait"});
  Output({"cancel", id});
  const std::string refunded = Output({"timeline", id, "--wait", "--brief"});
  EXPECT_TRUE(absl::StrContains(refunded, "cancelled (CUSTOMER)")) << refunded;
  EXPECT_TRUE(absl::StrContains(refunded, "money released (refunded)")) << refunded;
  EXPECT_TRUE(absl::StrContains(refunded, "stock released")) << refunded;
}

TEST_F(OrderctlTest, TheTimelineTellsTheWholeChainOfCauses) {
  const std::string id = Place();
  const std::string text = Output({"timeline", id, "--wait"});
  std::size_t at = 0;
  // Each line must come after the one before it, which causes it.
  for (const char* link :
       {"PlaceOrder: order committed, PLACED", "record: OrderPlaced #1", "inbox: OrderPlaced #1",
        "outbox row: PaymentProcessed #1 (confirmed)", "record: PaymentProcessed #1",
        "outbox row: InventoryUpdated #1", "record: InventoryUpdated #1",
        "outbox row: PaymentCaptured #2", "order committed, CONFIRMED", "record: OrderConfirmed #2",
        "inbox: OrderConfirmed #2", "mail SENT: Your order is confirmed",
        "Waits for nothing: the order is CONFIRMED."}) {
    at = text.find(link, at);
    ASSERT_NE(at, std::string::npos) << link << "\n" << text;
  }
  for (const char* where : {"orders.events/", "payments.events/", "inventory.events/",
                            "authorize answered with 200", "capture answered with 200"}) {
    EXPECT_TRUE(absl::StrContains(text, where)) << text;
  }
}

TEST_F(OrderctlTest, TheTimelineTellsWhatAStuckOrderWaitsFor) {
  const auto waits_for = [&](const std::string& id, const std::string& what) {
    std::string text;
    return test::Eventually(
               [&] {
                 text = Output({"timeline", id});
                 return absl::StrContains(text, what);
               },
               what)
           << text;
  };
  const Sandbox sandbox(*system_);
  sandbox.OrderFault("hang", "authorize", absl::Seconds(5), "", 100);
  const std::string unpaid = Place();
  EXPECT_TRUE(waits_for(unpaid, "Waits for the payment provider: authorize has no answer since "));
  sandbox.ForgetFaults();

  system_->Pause(kRelay);
  const std::string unpublished = Place();
  EXPECT_TRUE(waits_for(unpublished, "Waits for the relay to publish OrderPlaced of order_svc"));
  system_->Kill(kPaymentSvc);
  system_->Resume(kRelay);
  EXPECT_TRUE(
      waits_for(unpublished, "Waits for payment_svc to process OrderPlaced (orders.events/"));

  test::TestDatabase& payments = system_->Db("payments");
  payments.Exec("ALTER TABLE payments ADD CONSTRAINT broken CHECK (amount_minor < 5) NOT VALID");
  system_->Start(kPaymentSvc);
  EXPECT_TRUE(waits_for(unpublished, " in payment_svc (OrderPlaced, INVALID: "));
  system_->Kill(kMailSink);
  payments.Exec("ALTER TABLE payments DROP CONSTRAINT broken");
  Output({"parked", "replay", "--all"});
  Output({"watch", unpublished});
  EXPECT_TRUE(waits_for(unpublished, "Waits for the mail \"Your order is confirmed"));
  system_->Start(kMailSink);
  EXPECT_TRUE(waits_for(unpublished, "Waits for nothing: the order is CONFIRMED."));
}

TEST_F(OrderctlTest, AnOrderIsShownListedWatchedAndCancelled) {
  const std::string id = Place(kGoodCard, "bea");
  const std::string watched = Output({"watch", id}, "bea");
  EXPECT_TRUE(absl::EndsWith(watched, "CONFIRMED\n")) << watched;
  const std::string shown = Output({"get", id}, "bea");
  EXPECT_TRUE(absl::StrContains(shown, "state    CONFIRMED\n")) << shown;
  EXPECT_TRUE(absl::StrContains(shown, "total    49.80 EUR\n")) << shown;
  EXPECT_EQ(json::parse(Output({"get", id, "--json"}, "bea")).at("state"), "ORDER_STATE_CONFIRMED");

  const std::string second = Place(kGoodCard, "bea");
  const json listed = json::parse(Output({"--json", "list"}, "bea")).at("orders");
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed.at(0).at("orderId"), second);
  EXPECT_TRUE(absl::StrContains(Output({"list", "--limit", "1"}, "bea"),
                                "(there are more; --limit shows them)"));
  EXPECT_EQ(Output({"list"}, "nobody"), "there are no orders of this caller\n");
  EXPECT_TRUE(absl::StrContains(Output({"cancel", id}, "bea"), "CANCELLED (CUSTOMER)"));
}

TEST_F(OrderctlTest, ARefundIsRequestedShownAndToldByTheTimeline) {
  const std::string id = Place();
  Output({"timeline", id, "--wait"});
  const std::string requested = Output({"refund", id, "--item", "tea:1"});
  EXPECT_TRUE(absl::StrContains(requested, "7.90 EUR")) << requested;
  EXPECT_TRUE(absl::StrContains(requested, "tea:1")) << requested;
  const std::string request_id = NewRequestId();
  const std::vector<std::string> by_amount = {"refund",     id,    "--amount",     "150",
                                              "--currency", "EUR", "--request-id", request_id};
  EXPECT_EQ(Output(by_amount), Output(by_amount));
  const std::string timeline = Output({"timeline", id, "--wait", "--brief"});
  EXPECT_TRUE(absl::StrContains(timeline, "refund requested (1.50 EUR)")) << timeline;
  EXPECT_TRUE(absl::StrContains(timeline, "money refunded (7.90 EUR)")) << timeline;
  EXPECT_TRUE(absl::StrContains(timeline, "mailed (Your refund of 1.50 EUR")) << timeline;
  const std::string chain = Output({"timeline", id});
  EXPECT_TRUE(absl::StrContains(chain, "refund_part answered with 200")) << chain;
  const std::string order = Output({"get", id});
  EXPECT_TRUE(absl::StrContains(order, "refunded  9.40 EUR")) << order;
  EXPECT_TRUE(absl::StrContains(order, "REFUNDED")) << order;
  EXPECT_EQ(Run({"refund", id}).status, 2);
  EXPECT_EQ(Run({"refund", id, "--amount", "1"}).status, 2);
  EXPECT_EQ(Run({"refund", id, "--item", "tea:5"}).status, 1);
}

TEST_F(OrderctlTest, AShipmentIsReportedShownAndToldByTheTimeline) {
  const std::string id = Place();
  Output({"timeline", id, "--wait"});
  ASSERT_TRUE(test::Eventually([&] { return Run({"ship", id}).status == 0; }, "the shipment"));
  ASSERT_TRUE(test::Eventually(
      [&] {
        return absl::StrContains(Output({"get", id}), "shipped  ");
      },
      "the ship time"));
  const std::string timeline = Output({"timeline", id, "--wait", "--brief"});
  EXPECT_TRUE(absl::StrContains(timeline, " ms  shipped\n")) << timeline;
  const std::string audit = Output({"audit", "--about", id});
  EXPECT_TRUE(absl::StrContains(audit, "InventoryService.ShipOrder")) << audit;
  EXPECT_TRUE(absl::StrContains(audit, "order_id=" + id)) << audit;
  EXPECT_TRUE(absl::StrContains(audit, " OK")) << audit;
  EXPECT_TRUE(absl::StrContains(Output({"audit", "--caller", "nobody"}), "No recorded call"))
      << audit;
  EXPECT_EQ(Run({"audit", "--since", "yesterday"}).status, 2);
  EXPECT_EQ(Run({"cancel", id}).status, 1);
}

TEST_F(OrderctlTest, CatalogAndStockAreSetAndShown) {
  EXPECT_EQ(Output({"product", "set", "cup", "Cup, 0.2 l", "EUR", "1250"}),
            "cup: Cup, 0.2 l, 12.50 EUR\n");
  EXPECT_TRUE(absl::StrContains(Output({"product", "list"}), "cup      Cup, 0.2 l  12.50 EUR\n"));
  const json stock = json::parse(Output({"stock", "set", "cup", "7", "--json"}));
  EXPECT_EQ(stock.at("onHand"), "7");
  EXPECT_TRUE(
      absl::StrContains(Output({"stock", "get", "cup"}), "cup      7        0         7\n"));
}

TEST_F(OrderctlTest, TheSameRequestIdIsTheSameOrder) {
  const std::vector<std::string> place = {"place",        "--item",           "tea:1",   "--email",
                                          "a@b.com",      "--payment-method", kGoodCard, "--quiet",
                                          "--request-id", NewRequestId()};
  EXPECT_EQ(Output(place), Output(place));
}

TEST_F(OrderctlTest, AFailedCallNamesTheReasonAndTheFields) {
  const test::Finished missing = Run({"get", NewRequestId()});
  EXPECT_EQ(missing.status, 1);
  EXPECT_TRUE(absl::StrContains(missing.output, "NOT_FOUND")) << missing.output;

  const test::Finished bad =
      Run({"place", "--item", "tea:0", "--email", "nobody", "--payment-method", "x"});
  EXPECT_EQ(bad.status, 1);
  EXPECT_TRUE(absl::StrContains(bad.output, "INVALID_ARGUMENT (INVALID_FIELDS)")) << bad.output;
  EXPECT_TRUE(absl::StrContains(bad.output, "  items[0].quantity: ")) << bad.output;
  EXPECT_TRUE(absl::StrContains(bad.output, "  email: ")) << bad.output;

  const test::Finished away = Run({"--orders", "127.0.0.1:1", "get", NewRequestId()});
  EXPECT_EQ(away.status, 1);
  EXPECT_TRUE(absl::StrContains(away.output, "UNAVAILABLE")) << away.output;
}

TEST_F(OrderctlTest, AWrongCommandLineIsNoCall) {
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {},
           {"nonsense"},
           {"get"},
           {"timeline", "not-an-id"},
           {"place", "--item", "tea", "--email", "a@b.com", "--payment-method", "x"}}) {
    EXPECT_EQ(Run(wrong).status, 2) << absl::StrJoin(wrong, " ");
  }
  EXPECT_EQ(Run({"--help"}).status, 0);
}

TEST_F(OrderctlTest, WhatIsNotATerminalGetsNoColours) {
  EXPECT_FALSE(absl::StrContains(Output({"product", "list"}), "\x1b"));
}

TEST_F(OrderctlTest, TheShellCompletesCommandsAndOptions) {
  const auto complete = [&](const std::string& words) {
    const std::string script =
        "source <(" + test::BinaryPath("orderctl") + " completion bash)\nCOMP_WORDS=(orderctl " +
        words + ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_orderctl\necho \"${COMPREPLY[*]}\"";
    return test::RunToEnd({"/bin/bash", "-c", script}).output;
  };
  EXPECT_EQ(complete("pa"), "parked\n");
  EXPECT_EQ(complete("--json parked re"), "replay\n");
  EXPECT_EQ(complete("parked discard 7 --rea"), "--reason\n");
  EXPECT_EQ(complete("timeline --wa"), "--wait\n");
  EXPECT_EQ(complete("place --orders"), "--orders --orders-db\n");
}

}  // namespace
}  // namespace waybill::e2e
