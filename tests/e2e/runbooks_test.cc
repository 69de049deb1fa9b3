// Provokes each fault, and follows the pages of docs/runbooks to the letter.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <utility>

#include "platform/events/topics.h"
#include "tests/e2e/event_record.h"
#include "tests/e2e/runbook.h"
#include "tests/e2e/shop.h"
#include "tests/support/wait.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::e2e {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Matches;
using ::testing::Not;

class RunbooksTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    system_ = std::make_unique<System>();
    shop_ = std::make_unique<Shop>(*system_);
    shop_->Stock("tea", 790, 1000);
    operator_ = std::make_unique<Operator>(*system_);
    Confirmed(PlaceOne());
  }
  static void TearDownTestSuite() {
    operator_.reset();
    shop_.reset();
    system_.reset();
  }

  static std::string PlaceOne() { return shop_->Place({.items = {{"tea", 1}}}).order_id(); }
  static void Confirmed(const std::string& order) {
    shop_->WaitFor(order, orders_v1::ORDER_STATE_CONFIRMED, absl::Seconds(180));
  }

  // Waits until the services have read the order's event.
  static void ReadBy(const std::vector<std::string>& databases, const std::string& order,
                     const std::string& type) {
    const std::string event = system_->Db("orders").QueryText(
        "SELECT event_id FROM outbox WHERE key = '" + order +
        "' AND headers ->> 'ce_type' = 'waybill.events.v1." + type + "'");
    for (const std::string& database : databases) {
      ASSERT_TRUE(test::Eventually(
          [&] {
            return system_->Db(database).QueryInt("SELECT count(*) FROM inbox WHERE event_id = '" +
                                                  event + "'") == 1;
          },
          type + " read by " + database));
    }
  }

  // Follows the page repeatedly, because a fault may take a while to show.
  static ::testing::AssertionResult Sees(const std::string& alert,
                                         const ::testing::Matcher<std::string>& matcher) {
    std::string printed;
    auto result = test::Eventually(
        [&] {
          printed = operator_->Run(alert, "See");
          return Matches(matcher)(printed);
        },
        alert + " shows the fault");
    return result ? result : result << "; the page's commands printed:\n" << printed;
  }

  static std::unique_ptr<System> system_;
  static std::unique_ptr<Shop> shop_;
  static std::unique_ptr<Operator> operator_;
};

std::unique_ptr<System> RunbooksTest::system_;
std::unique_ptr<Shop> RunbooksTest::shop_;
std::unique_ptr<Operator> RunbooksTest::operator_;

TEST_F(RunbooksTest, EveryPageCanBeFollowed) {
  const std::vector<std::string> pages = AllRunbooks();
  ASSERT_GT(pages.size(), 10u);
  for (const std::string& page : pages) {
    EXPECT_FALSE(CommandsOf(page, "See").empty()) << page;
    EXPECT_NO_THROW(operator_->Run(page, "See")) << page;
  }
}

TEST_F(RunbooksTest, AProviderThatFailsIsSeenAndHealedByThePage) {
  const Sandbox sandbox(*system_);
  for (const char* operation : {"authorize", "lookup"}) {
    sandbox.OrderFault("error", operation, absl::ZeroDuration(), "", 100'000);
  }
  const std::string order = PlaceOne();
  EXPECT_TRUE(Sees(
      "ProviderFailing",
      AllOf(HasSubstr(R"(operation="authorize",outcome="server_error"})"),
            HasSubstr("waybill_payments_pending{state=\"none\"} 1\n"), HasSubstr("authorize"))));
  EXPECT_TRUE(Sees("PaymentsStuck", HasSubstr(order)));
  EXPECT_TRUE(Sees("OrdersStuck", HasSubstr(order)));
  operator_->Run("ProviderFailing", "Heal");
  Confirmed(order);
  EXPECT_TRUE(Sees("PaymentsStuck", Not(HasSubstr(order))));
}

TEST_F(RunbooksTest, AnAnswerAboutAnotherAmountIsSeenAndEndsWhenTheProviderHasMendedIt) {
  system_->Kill(kInventorySvc);
  const std::string order = PlaceOne();
  EXPECT_TRUE(Sees("OrdersStuck", AllOf(HasSubstr(order), HasSubstr("PAYMENT_CONFIRMED"))));
  const auto set_amount = [&](const std::string& amount) {
    system_->Db("sandbox").Exec("UPDATE payment_intents SET amount = " + amount +
                                " WHERE metadata ->> 'order_id' = '" + order + "'");
  };
  set_amount("100");
  system_->Start(kInventorySvc);
  EXPECT_TRUE(
      Sees("ProviderMismatch", AllOf(HasSubstr(order), HasSubstr("amount is 100 instead of 790"))));
  set_amount("790, amount_captured = 790");
  Confirmed(order);
  EXPECT_TRUE(Sees("ProviderMismatch", Not(HasSubstr(order))));
}

TEST_F(RunbooksTest, AConsumerThatIsGoneIsSeenAndItsOrdersGoOnWithIt) {
  system_->Kill(kInventorySvc);
  const std::string order = PlaceOne();
  EXPECT_TRUE(Sees("ServiceDown",
                   AllOf(HasSubstr("inventory_svc is down"), Not(HasSubstr("order_svc is down")))));
  EXPECT_TRUE(Sees("OrdersStuck", AllOf(HasSubstr(order), HasSubstr("PAYMENT_CONFIRMED"))));
  system_->Start(kInventorySvc);
  Confirmed(order);
  EXPECT_TRUE(Sees("ServiceDown", Not(HasSubstr("is down"))));
}

TEST_F(RunbooksTest, ARelayThatIsGoneIsSeenAndItsOrdersGoOnWithIt) {
  EXPECT_TRUE(Sees("RelayNoLeader", HasSubstr("| t ")));
  system_->Kill(kRelay);
  const std::string order = PlaceOne();
  EXPECT_TRUE(Sees("RelayNoLeader", AllOf(HasSubstr("outbox_relay is down"), HasSubstr("| f "))));
  EXPECT_TRUE(Sees("OrdersStuck", AllOf(HasSubstr(order), HasSubstr("PLACED"))));
  system_->Start(kRelay);
  Confirmed(order);
}

TEST_F(RunbooksTest, AConsumerThatGetsNothingDoneIsSeenByItsLag) {
  // An unfinished migration: the failure is not the event's fault, so the consumer retries it for
  // ever.
  test::TestDatabase& db = system_->Db("notifications");
  db.Exec("ALTER TABLE mails RENAME TO mails_away");
  Confirmed(PlaceOne());
  const std::string service = system_->MetricsUrl(kNotificationSvc);
  EXPECT_TRUE(Sees("ConsumerLag", HasSubstr(service + "\nwaybill_consumer_lag_records{")));
  db.Exec("ALTER TABLE mails_away RENAME TO mails");
  EXPECT_TRUE(Sees("ConsumerLag", HasSubstr(service + "\n  no lag")));
}

TEST_F(RunbooksTest, RecordsThatExpiredUnreadAreSeenAndTheirEventsComeBack) {
  const std::string order = PlaceOne();
  Confirmed(order);
  EXPECT_TRUE(test::Eventually([] { return Sandbox(*system_).Ledger().held == 0; }, "no hold"));
  // It commits its offsets when it ends.
  system_->Stop(kPaymentSvc);
  ASSERT_TRUE(shop_->Cancel(order).ok());
  ReadBy({"inventory", "notifications"}, order, "OrderCancelled");
  system_->topics().DeleteRecords(events::kOrdersTopic);
  system_->Start(kPaymentSvc);
  EXPECT_TRUE(
      Sees("RecordsExpired", ContainsRegex("waybill_consumer_expired_records_total [1-9]")));
  EXPECT_EQ(Sandbox(*system_).Ledger(order).captured, 790);
  EXPECT_EQ(Sandbox(*system_).Ledger(order).refunded, 0);
  operator_->Run("RecordsExpired", "Heal");
  EXPECT_TRUE(test::Eventually([&] { return Sandbox(*system_).Ledger(order).refunded == 790; },
                               "the money given back", absl::Seconds(90)));
}

TEST_F(RunbooksTest, AStrangersEventIsListedShownAndDiscarded) {
  system_->Kill(kPaymentSvc);
  const std::string order = PlaceOne();
  EXPECT_TRUE(Sees("OrdersStuck", HasSubstr(order)));
  EXPECT_THAT(operator_->Run("OrdersStuck", "Look closer", {{"ORDER", order}}),
              HasSubstr("Waits for "));
  test::Record record =
      EventRecord(events::kPaymentsTopic, order, 1, events::v1::PaymentProcessed());
  record.payload = "not JSON";
  system_->topics().Produce({record});
  system_->Start(kPaymentSvc);
  EXPECT_TRUE(Sees("EventsParked", AllOf(HasSubstr("order_svc"), HasSubstr("inventory_svc"),
                                         HasSubstr("PaymentProcessed"), HasSubstr("INVALID"),
                                         HasSubstr("BEHIND"))));
  for (const auto& [service, database] :
       {std::pair(kOrderSvc, "orders"), std::pair(kInventorySvc, "inventory")}) {
    const std::string id = system_->Db(database).QueryText("SELECT min(id) FROM parked_events");
    const std::map<std::string, std::string> culprit = {
        {"ID", id}, {"SERVICE", service}, {"ORDER", order}};
    EXPECT_THAT(operator_->Run("EventsParked", "Look closer", culprit),
                AllOf(HasSubstr("not JSON"), HasSubstr("PlaceOrder")));
    operator_->Run("EventsParked", "Discard", culprit);
  }
  operator_->Run("EventsParked", "Heal");
  Confirmed(order);
  EXPECT_TRUE(Sees("EventsParked", Not(HasSubstr(order))));
}

}  // namespace
}  // namespace waybill::e2e
