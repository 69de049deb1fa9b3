// The outcomes of an order, observed from outside while every part runs as its own process.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/match.h"
#include "platform/events/topics.h"
#include "tests/e2e/books.h"
#include "tests/e2e/mail_box.h"
#include "tests/e2e/shop.h"
#include "tests/support/grpc_client.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

using orders_v1::OrderState;

constexpr char kTraceId[] = "0af7651916cd43dd8448eb211c80319c";
constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

class OutcomesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    system_ = std::make_unique<System>();
    shop_ = std::make_unique<Shop>(*system_);
    shop_->Stock("tea", 790, 1'000'000);
    shop_->Stock("pot", 3400, 1'000'000);
    shop_->Stock("rare", 9900, 1);
  }
  static void TearDownTestSuite() {
    shop_.reset();
    system_.reset();
  }
  void SetUp() override { sandbox().ForgetFaults(); }

  System& system() { return *system_; }
  Shop& shop() { return *shop_; }
  Sandbox sandbox() { return Sandbox(*system_); }

  std::int64_t Reserved(const std::string& product) {
    return system()
        .Db("inventory")
        .QueryInt("SELECT reserved FROM stock WHERE product_id = '" + product + "'");
  }

 private:
  static std::unique_ptr<System> system_;
  static std::unique_ptr<Shop> shop_;
};

std::unique_ptr<System> OutcomesTest::system_;
std::unique_ptr<Shop> OutcomesTest::shop_;

TEST_F(OutcomesTest, AnOrderIsPaidReservedConfirmedAndMailedUnderOneTraceId) {
  const orders_v1::Order placed =
      shop().Place({.items = {{"tea", 2}, {"pot", 1}}, .traceparent = kTraceparent});
  const std::string id = placed.order_id();
  EXPECT_EQ(placed.state(), orders_v1::ORDER_STATE_PLACED);
  EXPECT_EQ(placed.total().minor_units(), 2 * 790 + 3400);
  const std::vector<OrderState> states = shop().Watch(id);
  EXPECT_EQ(states.back(), orders_v1::ORDER_STATE_CONFIRMED);
  ASSERT_TRUE(BooksAgree(system()));

  const Sandbox::Totals ledger = sandbox().Ledger(id);
  EXPECT_EQ(ledger.captured, 2 * 790 + 3400);
  EXPECT_EQ(ledger.intents, 1);

  const std::vector<Mail> mails = MailsOf(system(), id);
  ASSERT_EQ(mails.size(), 1u);
  Mail mail = mails[0];
  EXPECT_EQ(mail.headers["x-envelope-to"], "ann@example.com");
  EXPECT_EQ(mail.headers["from"], "orders@waybill.example");
  EXPECT_FALSE(mail.headers["message-id"].empty());
  EXPECT_TRUE(absl::StrContains(mail.headers["x-waybill-traceparent"], kTraceId));
  EXPECT_TRUE(absl::StrContains(mail.body, "multipart/alternative"));
  EXPECT_TRUE(absl::StrContains(mail.body, "text/plain"));
  EXPECT_TRUE(absl::StrContains(mail.body, "text/html"));
  EXPECT_TRUE(absl::StrContains(mail.body, "The pot"));
  EXPECT_TRUE(absl::StrContains(mail.body, "49.80 EUR"));

  for (const char* topic :
       {events::kOrdersTopic, events::kPaymentsTopic, events::kInventoryTopic}) {
    int events = 0;
    for (const test::Record& record : system().topics().ReadAll(topic)) {
      if (record.key != id) continue;
      ++events;
      EXPECT_TRUE(absl::StrContains(record.Header("traceparent"), kTraceId))
          << record.Header("ce_type");
      EXPECT_EQ(record.Header("ce_specversion"), "1.0");
      EXPECT_EQ(record.Header("ce_subject"), id);
      EXPECT_EQ(record.Header("content-type"), "application/json");
    }
    EXPECT_GT(events, 0) << topic;
  }
  for (const char* service : {kOrderSvc, kPaymentSvc, kInventorySvc, kNotificationSvc}) {
    const std::string log = system().Log(service);
    EXPECT_TRUE(absl::StrContains(log, "\"trace_id\":\"" + std::string(kTraceId))) << service;
    EXPECT_TRUE(absl::StrContains(log, id)) << service;
    EXPECT_FALSE(absl::StrContains(log, "ann@example.com"))
        << service << " has logged a mail address";
  }
}

TEST_F(OutcomesTest, TheEventsOnTheTopicsReadAsAgreed) {
  const std::string id = shop().Place({.items = {{"tea", 2}}}).order_id();
  shop().WaitFor(id, orders_v1::ORDER_STATE_CONFIRMED);
  const auto first_of = [&](const char* topic) {
    const auto is_ours = [&](const test::Record& record) { return record.key == id; };
    const std::vector<test::Record> records = system().topics().ReadUntil(
        topic, [&](const auto& all) { return std::any_of(all.begin(), all.end(), is_ours); },
        "the order's event");
    return nlohmann::json::parse(*std::find_if(records.begin(), records.end(), is_ours)->payload);
  };
  const nlohmann::json placed = first_of(events::kOrdersTopic);
  EXPECT_EQ(placed.at("event"), "OrderPlaced");
  EXPECT_EQ(placed.at("orderId"), id);
  EXPECT_EQ(placed.at("userId"), "ann");
  EXPECT_EQ(placed.at("items"), nlohmann::json::parse(R"([{"productId":"tea","quantity":2}])"));
  EXPECT_FALSE(placed.contains("email"));

  const nlohmann::json processed = first_of(events::kPaymentsTopic);
  EXPECT_EQ(processed.at("event"), "PaymentProcessed");
  EXPECT_EQ(processed.at("orderId"), id);
  EXPECT_EQ(processed.at("paymentStatus"), "confirmed");
  EXPECT_EQ(processed.at("paymentId"), shop().Get(id).payment_id());

  const nlohmann::json updated = first_of(events::kInventoryTopic);
  EXPECT_EQ(updated.at("event"), "InventoryUpdated");
  EXPECT_EQ(updated.at("orderId"), id);
  EXPECT_EQ(updated.at("status"), "items reserved");
}

TEST_F(OutcomesTest, ADeclinedCardCancelsTheOrderAndTakesNoStock) {
  const std::int64_t reserved = Reserved("tea");
  const std::string id =
      shop().Place({.items = {{"tea", 1}}, .payment_method = kDeclinedCard}).order_id();
  const orders_v1::Order order = shop().WaitFor(id, orders_v1::ORDER_STATE_CANCELLED);
  EXPECT_EQ(order.cancel_reason(), orders_v1::CANCEL_REASON_PAYMENT_DECLINED);
  ASSERT_TRUE(BooksAgree(system()));
  EXPECT_EQ(Reserved("tea"), reserved);
  EXPECT_EQ(sandbox().Ledger(id).captured, 0);
  ASSERT_EQ(MailsOf(system(), id).size(), 1u);
}

TEST_F(OutcomesTest, TooLittleStockCancelsTheOrderAndVoidsTheHold) {
  const std::int64_t tea = Reserved("tea");
  const std::string id = shop().Place({.items = {{"tea", 3}, {"rare", 1}, {"rare", 1}}}).order_id();
  const orders_v1::Order order = shop().WaitFor(id, orders_v1::ORDER_STATE_CANCELLED);
  EXPECT_EQ(order.cancel_reason(), orders_v1::CANCEL_REASON_OUT_OF_STOCK);
  ASSERT_TRUE(BooksAgree(system()));
  EXPECT_EQ(Reserved("tea"), tea) << "only a part of the order was reserved";
  EXPECT_EQ(Reserved("rare"), 0);
  EXPECT_EQ(
      system().Db("payments").QueryText("SELECT state FROM payments WHERE order_id = '" + id + "'"),
      "voided");
  const Sandbox::Totals ledger = sandbox().Ledger(id);
  EXPECT_EQ(ledger.intents, 1);
  EXPECT_EQ(ledger.held, 0);
  EXPECT_EQ(ledger.captured, 0);
}

TEST_F(OutcomesTest, TwentyCallsWithOneRequestIdAreOneOrderAndOneCharge) {
  const Purchase purchase = {.items = {{"tea", 1}}};
  std::vector<std::string> ids(20);
  std::vector<std::thread> callers;
  for (std::string& id : ids) {
    callers.emplace_back([&] { id = shop().Place(purchase).order_id(); });
  }
  for (std::thread& caller : callers) caller.join();
  for (const std::string& id : ids) EXPECT_EQ(id, ids[0]);
  shop().WaitFor(ids[0], orders_v1::ORDER_STATE_CONFIRMED);
  EXPECT_EQ(shop().Place(purchase).order_id(), ids[0]);

  Purchase other = purchase;
  other.items = {{"tea", 2}};
  orders_v1::Order order;
  const ::grpc::Status status = shop().TryPlace(other, order);
  EXPECT_EQ(status.error_code(), ::grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(test::DetailsOf(status).reason, "REQUEST_ID_REUSED");
  ASSERT_TRUE(BooksAgree(system()));
  EXPECT_EQ(sandbox().Ledger(ids[0]).intents, 1);
}

// Each of these tests brings an order into a state and keeps it there until it is cancelled.
TEST_F(OutcomesTest, ACancelledPlacedOrderTakesNoMoneyAndNoStock) {
  const std::int64_t reserved = Reserved("tea");
  sandbox().OrderFault("late", "authorize", absl::Seconds(1));
  const std::string id = shop().Place({.items = {{"tea", 1}}}).order_id();
  ASSERT_TRUE(test::Eventually(
      [&] {
        return system()
                   .Db("payments")
                   .QueryText("SELECT step FROM payments WHERE order_id = '" + id + "'") ==
               "authorize";
      },
      "the authorisation to be under way"));
  ASSERT_TRUE(shop().Cancel(id).ok());
  EXPECT_EQ(shop().Get(id).cancel_reason(), orders_v1::CANCEL_REASON_CUSTOMER);
  ASSERT_TRUE(BooksAgree(system()));
  EXPECT_EQ(Reserved("tea"), reserved);
  EXPECT_EQ(sandbox().Ledger(id).held, 0);
}

TEST_F(OutcomesTest, ACancelledPaidOrderHasItsHoldVoided) {
  const std::int64_t reserved = Reserved("tea");
  system().Pause(kInventorySvc);
  const std::string id = shop().Place({.items = {{"tea", 1}}}).order_id();
  shop().WaitFor(id, orders_v1::ORDER_STATE_PAYMENT_CONFIRMED);
  ASSERT_TRUE(shop().Cancel(id).ok());
  system().Resume(kInventorySvc);
  ASSERT_TRUE(BooksAgree(system()));
  EXPECT_EQ(Reserved("tea"), reserved);
  EXPECT_EQ(sandbox().Ledger(id).held, 0);
}

TEST_F(OutcomesTest, ACancelledReservedOrderGivesStockAndMoneyBack) {
  const std::int64_t reserved = Reserved("tea");
  sandbox().OrderFault("late", "capture", absl::Seconds(1));
  const std::string id = shop().Place({.items = {{"tea", 1}}}).order_id();
  shop().WaitFor(id, orders_v1::ORDER_STATE_RESERVED);
  ASSERT_TRUE(shop().Cancel(id).ok());
  ASSERT_TRUE(BooksAgree(system()));
  EXPECT_EQ(Reserved("tea"), reserved);
  const Sandbox::Totals ledger = sandbox().Ledger(id);
  EXPECT_EQ(ledger.held, 0);
  EXPECT_EQ(ledger.captured, ledger.refunded);
}

TEST_F(OutcomesTest, ACancelledConfirmedOrderIsRefundedAndMailedTwice) {
  const std::int64_t reserved = Reserved("tea");
  const std::string id = shop().Place({.items = {{"tea", 1}}}).order_id();
  shop().WaitFor(id, orders_v1::ORDER_STATE_CONFIRMED);
  ASSERT_TRUE(shop().Cancel(id).ok());
  ASSERT_TRUE(BooksAgree(system()));
  EXPECT_EQ(Reserved("tea"), reserved);
  const Sandbox::Totals ledger = sandbox().Ledger(id);
  EXPECT_EQ(ledger.captured, 790);
  EXPECT_EQ(ledger.refunded, 790);
  EXPECT_EQ(MailsOf(system(), id).size(), 2u);
}

TEST_F(OutcomesTest, RefundsOfAPartAreMailedAndACancelGivesBackTheRest) {
  const std::int64_t reserved = Reserved("tea");
  const std::string id = shop().Place({.items = {{"tea", 3}}}).order_id();
  shop().WaitFor(id, orders_v1::ORDER_STATE_CONFIRMED);
  ASSERT_TRUE(shop().Refund(id, 100).ok());
  ASSERT_TRUE(shop().RefundItem(id, "tea", 1).ok());
  ASSERT_TRUE(BooksAgree(system()));
  orders_v1::Order order = shop().Get(id);
  EXPECT_EQ(order.state(), orders_v1::ORDER_STATE_CONFIRMED);
  EXPECT_EQ(order.refunded().minor_units(), 890);
  EXPECT_EQ(Reserved("tea"), reserved + 3) << "a refund is about money only";
  EXPECT_EQ(sandbox().Ledger(id).refunded, 890);
  const std::vector<Mail> mails = MailsOf(system(), id);
  ASSERT_EQ(mails.size(), 3u);
  EXPECT_TRUE(absl::StrContains(mails[1].body, "1.00 EUR")) << mails[1].body;
  EXPECT_TRUE(absl::StrContains(mails[2].body, "8.90 EUR")) << mails[2].body;
  EXPECT_EQ(test::DetailsOf(shop().Refund(id, 3 * 790 - 889)).reason, "REFUND_EXCEEDS_CAPTURED");

  ASSERT_TRUE(shop().Cancel(id).ok());
  ASSERT_TRUE(BooksAgree(system()));
  EXPECT_EQ(Reserved("tea"), reserved);
  EXPECT_EQ(sandbox().Ledger(id).refunded, 3 * 790);
  EXPECT_EQ(test::DetailsOf(shop().Refund(id, 1)).reason, "ORDER_NOT_CONFIRMED");
}

TEST_F(OutcomesTest, AnOrderThatWasRefundedWholeStaysConfirmed) {
  const std::string id = shop().Place({.items = {{"tea", 1}}}).order_id();
  shop().WaitFor(id, orders_v1::ORDER_STATE_CONFIRMED);
  ASSERT_TRUE(shop().RefundItem(id, "tea", 1).ok());
  ASSERT_TRUE(BooksAgree(system()));
  EXPECT_EQ(shop().Get(id).state(), orders_v1::ORDER_STATE_CONFIRMED);
  EXPECT_EQ(sandbox().Ledger(id).refunded, 790);
  ASSERT_TRUE(shop().Cancel(id).ok());
  ASSERT_TRUE(BooksAgree(system()));
  EXPECT_EQ(sandbox().Ledger(id).refunded, 790) << "nothing was left to be given back";
}

TEST_F(OutcomesTest, WhatWasSoldAndShippedIsGoneAndNewOnesAreSet) {
  shop().Stock("vase", 500, 2);
  const std::string id = shop().Place({.items = {{"vase", 2}}}).order_id();
  shop().WaitFor(id, orders_v1::ORDER_STATE_CONFIRMED);
  EXPECT_EQ(test::DetailsOf(shop().SetStock("vase", 1)).reason, "BELOW_RESERVED");
  ASSERT_TRUE(test::Eventually([&] { return shop().Ship(id).ok(); }, "the shipment"));
  ASSERT_TRUE(shop().SetStock("vase", 3).ok());
  ASSERT_TRUE(test::Eventually([&] { return shop().Get(id).has_ship_time(); }, "the ship time"));
  EXPECT_EQ(Reserved("vase"), 0);
  const ::grpc::Status cancelled = shop().Cancel(id);
  EXPECT_EQ(test::DetailsOf(cancelled).reason, "ALREADY_SHIPPED");
  ASSERT_TRUE(shop().Refund(id, 1000).ok()) << "money still goes back";
  ASSERT_TRUE(BooksAgree(system()));
}

TEST_F(OutcomesTest, ACancellationThatMeetsAShipmentReturnsMoneyAndNoUnits) {
  shop().Stock("bowl", 500, 2);
  const std::string id = shop().Place({.items = {{"bowl", 2}}}).order_id();
  shop().WaitFor(id, orders_v1::ORDER_STATE_CONFIRMED);
  ASSERT_TRUE(test::Eventually(
      [&] {
        return system()
                   .Db("inventory")
                   .QueryInt(
                       "SELECT count(*) FROM reservations WHERE order_confirmed AND order_id = '" +
                       id + "'") == 1;
      },
      "the confirmation at inventory_svc"));
  // order_svc doesn't know of the shipment when it cancels, nor inventory_svc of the cancellation when
  // it ships.
  system().Pause(kRelay);
  ASSERT_TRUE(shop().Cancel(id).ok());
  ASSERT_TRUE(shop().Ship(id).ok());
  system().Resume(kRelay);
  ASSERT_TRUE(BooksAgree(system()));
  EXPECT_EQ(shop().Get(id).state(), orders_v1::ORDER_STATE_CANCELLED);
  EXPECT_TRUE(shop().Get(id).has_ship_time());
  EXPECT_EQ(sandbox().Ledger(id).refunded, 1000);
  EXPECT_EQ(
      system()
          .Db("inventory")
          .QueryText("SELECT on_hand || ' ' || reserved FROM stock WHERE product_id = 'bowl'"),
      "0 0");
  EXPECT_TRUE(
      absl::StrContains(system().Log(kInventorySvc), "cancelled after it had been shipped"));
}

TEST_F(OutcomesTest, AShipmentAfterTheCancellationIsRefused) {
  const std::string id = shop().Place({.items = {{"tea", 1}}}).order_id();
  shop().WaitFor(id, orders_v1::ORDER_STATE_CONFIRMED);
  ASSERT_TRUE(shop().Cancel(id).ok());
  ASSERT_TRUE(BooksAgree(system()));
  EXPECT_EQ(test::DetailsOf(shop().Ship(id)).reason, "ORDER_CANCELLED");
}

TEST_F(OutcomesTest, AnOrderThatEndedByItselfCanNotBeCancelledAgain) {
  const std::string id =
      shop().Place({.items = {{"tea", 1}}, .payment_method = kDeclinedCard}).order_id();
  shop().WaitFor(id, orders_v1::ORDER_STATE_CANCELLED);
  const ::grpc::Status status = shop().Cancel(id);
  EXPECT_EQ(status.error_code(), ::grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(test::DetailsOf(status).reason, "ALREADY_CANCELLED");
  EXPECT_EQ(shop().Get(id).cancel_reason(), orders_v1::CANCEL_REASON_PAYMENT_DECLINED);
}

TEST_F(OutcomesTest, NobodyReadsOrCancelsAnothersOrder) {
  const std::string id = shop().Place({.items = {{"tea", 1}}}).order_id();
  EXPECT_THROW(shop().Get(id, "mallory"), std::runtime_error);
  EXPECT_EQ(shop().Cancel(id, "mallory").error_code(), ::grpc::StatusCode::NOT_FOUND);
  shop().WaitFor(id, orders_v1::ORDER_STATE_CONFIRMED);
}

}  // namespace
}  // namespace waybill::e2e
