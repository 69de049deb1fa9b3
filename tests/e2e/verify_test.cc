// Shows that orderctl verify can fail: each kind of violation is planted alone, and exactly that
// one is reported.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "platform/events/topics.h"
#include "tests/e2e/books.h"
#include "tests/e2e/event_record.h"
#include "tests/e2e/orderctl.h"
#include "tests/e2e/shop.h"
#include "tests/e2e/verify.h"
#include "tests/support/wait.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::e2e {
namespace {

class VerifyTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    system_ = std::make_unique<System>();
    Shop shop(*system_);
    shop.Stock("tea", 790, 1000);
    confirmed_ = shop.Place({.items = {{"tea", 1}}}).order_id();
    cancelled_ = shop.Place({.items = {{"tea", 1}}, .payment_method = kDeclinedCard}).order_id();
    shop.WaitFor(confirmed_, orders_v1::ORDER_STATE_CONFIRMED);
    shop.WaitFor(cancelled_, orders_v1::ORDER_STATE_CANCELLED);
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

  static std::unique_ptr<System> system_;
  static std::string confirmed_, cancelled_;
};

std::unique_ptr<System> VerifyTest::system_;
std::string VerifyTest::confirmed_, VerifyTest::cancelled_;

constexpr char kNew[] = "01941f29-7c00-7000-8000-00000000000a";

TEST_F(VerifyTest, Promise3AnOrderWithoutItsOutboxRowAndTheReverse) {
  // The order is old enough to be judged, and recent enough to be within retention.
  const std::string id = OrderId::New().ToString();
  ExpectNamed(
      3, "the order has emitted 2 events, but the outbox has 0", "orders",
      "INSERT INTO orders SELECT '" + id +
          "', user_id, email, payment_method, amount_minor, currency, state, cancel_reason, "
          "payment_confirmed, items_reserved, payment_captured, payment_id, event_sequence, "
          "transition, traceparent, placed_at, updated_at, deadline_at FROM orders WHERE order_id "
          "= "
          "$CANCELLED; INSERT INTO order_history SELECT '" +
          id +
          "', transition, state, cancel_reason, at FROM order_history WHERE order_id = $CANCELLED",
      "DELETE FROM order_history WHERE order_id = '" + id +
          "'; DELETE FROM orders WHERE order_id = '" + id + "'",
      id);
  ExpectNamed(
      3, "the payment has emitted 3 events", "payments",
      "UPDATE payments SET event_sequence = event_sequence + 1 WHERE order_id = $CONFIRMED",
      "UPDATE payments SET event_sequence = event_sequence - 1 WHERE order_id = $CONFIRMED");
  ExpectNamed(3, "the reservation has emitted 2 events", "inventory",
              "UPDATE reservations SET event_sequence = 2 WHERE order_id = $CONFIRMED",
              "UPDATE reservations SET event_sequence = 1 WHERE order_id = $CONFIRMED");
}

TEST_F(VerifyTest, Promise3AnOutboxRowWithoutItsOrder) {
  const std::string id = OrderId::New().ToString();
  waybill::events::v1::OrderPlaced event;
  test::Record record = EventRecord(events::kOrdersTopic, id, 1, event);
  for (auto& [name, value] : record.headers) {
    if (name == "ce_type") value = "waybill.events.v1.NobodyHandlesThis";
  }
  system_->topics().Produce({record});
  // On its topic, the event is a stranger's as long as it was never committed.
  ExpectOnly(4, "holds an event that was never committed", id, "a record alone");
  test::TestDatabase& orders = system_->Db("orders");
  orders.Exec("INSERT INTO outbox (event_id, topic, key, sequence, payload) VALUES ('" +
              record.Header("ce_id") + "', 'orders.events', '" + id + "', 1, '')");
  ExpectOnly(3, "but there is no order", id, "an outbox row without its order");
  // The record stays on its topic, so give it an order to which it can belong, for the tests that
  // follow.
  orders.Exec(WithIds(
      "INSERT INTO orders SELECT '" + id +
      "', user_id, email, payment_method, amount_minor, currency, state, cancel_reason, "
      "payment_confirmed, items_reserved, payment_captured, payment_id, 1, transition, "
      "traceparent, "
      "placed_at, updated_at, deadline_at FROM orders WHERE order_id = $CANCELLED;"
      "INSERT INTO order_history SELECT '" +
      id +
      "', transition, state, cancel_reason, at FROM order_history WHERE order_id = $CANCELLED"));
}

TEST_F(VerifyTest, Promise4ACommittedEventThatIsNotOnItsTopic) {
  // The rows belong to transactions that the relay has long passed.
  ExpectNamed(
      4, "was committed but is not in inventory.events", "inventory",
      "INSERT INTO outbox (event_id, tx, topic, key, sequence, payload, created_at) VALUES ('" +
          std::string(kNew) +
          "', '3', 'inventory.events', $CONFIRMED, 2, '', now() - interval '1 minute'); UPDATE "
          "reservations SET event_sequence = 2 WHERE order_id = $CONFIRMED",
      "DELETE FROM outbox WHERE sequence = 2; UPDATE reservations SET event_sequence = 1 "
      "WHERE order_id = $CONFIRMED");
  ExpectNamed(4, "is not in dead letters", "payments",
              "INSERT INTO outbox (event_id, tx, topic, key, sequence, payload) VALUES ('" +
                  std::string(kNew) + "', '3', 'payment_svc.dlq', 'k', 7, '')",
              "DELETE FROM outbox WHERE key = 'k'", "");
}

TEST_F(VerifyTest, Promise5AnEventOutOfItsNumber) {
  ExpectNamed(5, "comes after event 2", "payments",
              "UPDATE outbox SET sequence = 3 - sequence WHERE key = $CONFIRMED",
              "UPDATE outbox SET sequence = 3 - sequence WHERE key = $CONFIRMED");
  ExpectNamed(5, "(one has number 7)", "payments",
              "UPDATE outbox SET sequence = 7 WHERE key = $CONFIRMED AND sequence = 2",
              "UPDATE outbox SET sequence = 2 WHERE key = $CONFIRMED AND sequence = 7");
}

TEST_F(VerifyTest, Promise6AnEventThatTookNoEffectOrTwoOrCameFromNowhere) {
  ExpectNamed(
      6, "order_svc has never processed it", "orders",
      "CREATE TABLE kept AS SELECT * FROM inbox ORDER BY event_id LIMIT 1; DELETE FROM inbox "
      "WHERE event_id = (SELECT event_id FROM kept)",
      "INSERT INTO inbox SELECT * FROM kept; DROP TABLE kept", "");
  ExpectNamed(6, "inventory_svc has processed it, but it was never committed", "inventory",
              "INSERT INTO inbox VALUES ('inventory_svc', '" + std::string(kNew) +
                  "', now() - interval '1 minute')",
              "DELETE FROM inbox WHERE event_id = '" + std::string(kNew) + "'", "");
  ExpectNamed(6,
              "the same effect happened twice: there are two events of one type in payments.events",
              "payments",
              "UPDATE outbox SET headers = jsonb_set(headers, '{ce_type}', "
              "'\"waybill.events.v1.PaymentProcessed\"') WHERE key = $CONFIRMED AND sequence = 2",
              "UPDATE outbox SET headers = jsonb_set(headers, '{ce_type}', "
              "'\"waybill.events.v1.PaymentCaptured\"') WHERE key = $CONFIRMED AND sequence = 2");
}

TEST_F(VerifyTest, Promise7StockThatDoesNotAddUp) {
  ExpectNamed(7, "2 of 1000 on hand count as reserved, but the reservations add up to 1",
              "inventory", "UPDATE stock SET reserved = reserved + 1",
              "UPDATE stock SET reserved = reserved - 1");
  ExpectNamed(
      7, "the order is CONFIRMED, but its items are not reserved", "inventory",
      "UPDATE reservations SET state = 'RELEASED' WHERE order_id = $CONFIRMED; UPDATE stock "
      "SET reserved = 0",
      "UPDATE reservations SET state = 'RESERVED' WHERE order_id = $CONFIRMED; UPDATE stock "
      "SET reserved = 1");
  ExpectNamed(
      7, "the order is CANCELLED, but its items are still reserved", "inventory",
      "UPDATE reservations SET state = 'RESERVED' WHERE order_id = $CANCELLED; UPDATE stock "
      "SET reserved = 2",
      "UPDATE reservations SET state = 'RELEASED' WHERE order_id = $CANCELLED; UPDATE stock "
      "SET reserved = 1",
      cancelled_);
  ExpectNamed(7, "the reserved items differ from the ordered ones", "inventory",
              "UPDATE reservation_items SET quantity = 2 WHERE order_id = $CONFIRMED; UPDATE stock "
              "SET reserved = 2",
              "UPDATE reservation_items SET quantity = 1 WHERE order_id = $CONFIRMED; UPDATE stock "
              "SET reserved = 1");
}

TEST_F(VerifyTest, Promise8MoneyThatDoesNotAddUpInOurBooks) {
  ExpectNamed(8, "its payment is voided", "payments",
              "UPDATE payments SET state = 'voided' WHERE order_id = $CONFIRMED",
              "UPDATE payments SET state = 'captured' WHERE order_id = $CONFIRMED");
  ExpectNamed(8, "the order is worth 790, but its payment is 789", "payments",
              "UPDATE payments SET amount_minor = 789 WHERE order_id = $CONFIRMED",
              "UPDATE payments SET amount_minor = 790 WHERE order_id = $CONFIRMED");
  ExpectNamed(8, "the order is CANCELLED, but its payment is authorized", "payments",
              "UPDATE payments SET state = 'authorized' WHERE order_id = $CANCELLED",
              "UPDATE payments SET state = 'declined' WHERE order_id = $CANCELLED", cancelled_);
  ExpectNamed(
      8, "a step of the payment is overdue", "payments",
      "UPDATE payments SET due_at = now() - interval '1 minute' WHERE order_id = $CONFIRMED",
      "UPDATE payments SET due_at = NULL WHERE order_id = $CONFIRMED");
  ExpectNamed(8, "the provider's answers contradict the payment", "payments",
              "UPDATE payments SET step = 'refund', step_started_at = now() - interval '1 minute', "
              "step_mismatch = 'amount is 1 instead of 790', due_at = now() + interval '1 hour', "
              "updated_at = now() WHERE order_id = $CONFIRMED",
              "UPDATE payments SET step = NULL, step_started_at = NULL, step_mismatch = NULL, "
              "due_at = NULL WHERE order_id = $CONFIRMED");
}

TEST_F(VerifyTest, Promise8MoneyThatDoesNotAddUpAtTheProvider) {
  ExpectNamed(8, "the provider kept 789 instead of 790", "sandbox",
              "UPDATE payment_intents SET amount_captured = 789 WHERE metadata ->> 'order_id' = "
              "$CONFIRMED",
              "UPDATE payment_intents SET amount_captured = 790 WHERE metadata ->> 'order_id' = "
              "$CONFIRMED");
  ExpectNamed(8, "the provider kept 1580 instead of 790", "sandbox",
              "INSERT INTO payment_intents (id, amount, amount_captured, currency, status, "
              "payment_method, metadata, created_at) VALUES ('pi_twice', 790, 790, 'eur', "
              "'succeeded', 'x', jsonb_build_object('order_id', $CONFIRMED), now() - interval '1 "
              "minute')",
              "DELETE FROM payment_intents WHERE id = 'pi_twice'");
  ExpectNamed(
      8, "the order is CANCELLED, but the provider still holds an amount", "sandbox",
      "INSERT INTO payment_intents (id, amount, currency, status, payment_method, metadata, "
      "created_at) VALUES ('pi_held', 790, 'eur', 'requires_capture', 'x', "
      "jsonb_build_object('order_id', $CANCELLED), now() - interval '1 minute')",
      "DELETE FROM payment_intents WHERE id = 'pi_held'", cancelled_);
  ExpectNamed(
      8, "the order is worth 790, but the provider holds 100", "sandbox",
      "INSERT INTO payment_intents (id, amount, currency, status, payment_method, metadata, "
      "created_at) VALUES ('pi_held', 100, 'eur', 'requires_capture', 'x', "
      "jsonb_build_object('order_id', $CONFIRMED), now() - interval '1 minute')",
      "DELETE FROM payment_intents WHERE id = 'pi_held'");
  // 790 of the provider's units are 7.90 UGX.
  ExpectNamed(8, "the charge of 790 is no whole number of the minor units of UGX", "sandbox",
              "UPDATE payment_intents SET currency = 'ugx' WHERE metadata ->> 'order_id' = "
              "$CONFIRMED",
              "UPDATE payment_intents SET currency = 'eur' WHERE metadata ->> 'order_id' = "
              "$CONFIRMED");
  ExpectNamed(8, "the charge's refunds don't add up", "sandbox",
              "INSERT INTO refunds (id, payment_intent, amount) SELECT 're_1', id, 1 FROM "
              "payment_intents WHERE metadata ->> 'order_id' = $CONFIRMED",
              "DELETE FROM refunds");
  ExpectNamed(
      8, "there is no such order, but the provider kept 5", "sandbox",
      "INSERT INTO payment_intents (id, amount, amount_captured, currency, status, "
      "payment_method, metadata, created_at) VALUES ('pi_nobody', 5, 5, 'eur', 'succeeded', "
      "'x', '{\"order_id\":\"" +
          std::string(kNew) + "\"}', now() - interval '1 minute')",
      "DELETE FROM payment_intents WHERE id = 'pi_nobody'", kNew);
}

TEST_F(VerifyTest, Promise9ATransitionThatIsNotDrawnOrAnOrderThatDoesNotEnd) {
  ExpectNamed(
      9, "its history doesn't number them 1 to", "orders",
      "UPDATE order_history SET transition = 9 WHERE order_id = $CONFIRMED AND transition = 2",
      "UPDATE order_history SET transition = 2 WHERE order_id = $CONFIRMED AND transition = "
      "9");
  ExpectNamed(
      9, "the order's history goes from PLACED to RESERVED", "orders",
      "UPDATE order_history SET state = 'RESERVED' WHERE order_id = $CONFIRMED AND transition "
      "= 2",
      "UPDATE order_history SET state = 'PAYMENT_CONFIRMED' WHERE order_id = $CONFIRMED AND "
      "transition = 2");
  ExpectNamed(9, "the order is RESERVED, but its history ends at CONFIRMED", "orders",
              "UPDATE orders SET state = 'RESERVED' WHERE order_id = $CONFIRMED",
              "UPDATE orders SET state = 'CONFIRMED' WHERE order_id = $CONFIRMED");
  ExpectNamed(
      9, "the order is still RESERVED after its deadline", "orders",
      "UPDATE orders SET state = 'RESERVED', transition = 3, deadline_at = now() - interval '1 "
      "minute' WHERE order_id = $CONFIRMED; CREATE TABLE kept AS SELECT * FROM order_history WHERE "
      "order_id = $CONFIRMED AND transition = 4; DELETE FROM order_history WHERE order_id = "
      "$CONFIRMED AND transition = 4",
      "UPDATE orders SET state = 'CONFIRMED', transition = 4 WHERE order_id = $CONFIRMED; INSERT "
      "INTO "
      "order_history SELECT * FROM kept; DROP TABLE kept");
}

TEST_F(VerifyTest, Promise11AMailThatIsMissingWaitingOrUnknown) {
  ExpectNamed(11, "a mail is overdue", "notifications",
              "UPDATE mails SET state = 'PENDING' WHERE order_id = $CONFIRMED",
              "UPDATE mails SET state = 'SENT' WHERE order_id = $CONFIRMED");
  ExpectNamed(11, "the mail counts as sent, but the mail sink never received it", "notifications",
              "CREATE TABLE kept AS SELECT mail_id FROM mails WHERE order_id = $CONFIRMED; UPDATE "
              "mails SET mail_id = gen_random_uuid() WHERE order_id = $CONFIRMED",
              "UPDATE mails SET mail_id = (SELECT mail_id FROM kept) WHERE order_id = $CONFIRMED; "
              "DROP TABLE kept");
  ExpectNamed(
      11, "no mail was written for the order's end", "notifications",
      "CREATE TABLE kept AS SELECT * FROM mails WHERE order_id = $CONFIRMED; DELETE FROM mails "
      "WHERE order_id = $CONFIRMED",
      "INSERT INTO mails SELECT * FROM kept; DROP TABLE kept");
}

TEST_F(VerifyTest, WhatIsParkedIsListedAndNotHeldAgainstTheSystem) {
  test::TestDatabase& inventory = system_->Db("inventory");
  inventory.Exec(WithIds(
      "UPDATE reservations SET state = 'RELEASED' WHERE order_id = $CONFIRMED; UPDATE stock SET "
      "reserved = 0; INSERT INTO parked_events (consumer, topic, key, partition, kafka_offset, "
      "event_id, event_type, reason, error, payload, headers, parked_at) VALUES ('inventory_svc', "
      "'payments.events', convert_to($CONFIRMED, 'UTF8'), 0, 0, gen_random_uuid(), 't', 'INVALID', "
      "'e', '', '{}', now() - interval '1 minute')"));
  const json report = Verify(*system_, 0);
  EXPECT_EQ(report.at("parked"), 1);
  EXPECT_EQ(report.at("parkedOrders").at(0), confirmed_);
  inventory.Exec(WithIds(
      "UPDATE reservations SET state = 'RESERVED' WHERE order_id = $CONFIRMED; UPDATE stock SET "
      "reserved = 1; DELETE FROM parked_events"));
}

TEST_F(VerifyTest, WhatChangedJustNowIsNotJudged) {
  test::TestDatabase& payments = system_->Db("payments");
  payments.Exec(
      WithIds("UPDATE payments SET state = 'voided', updated_at = now() + interval '1 hour' WHERE "
              "order_id = "
              "$CONFIRMED"));
  EXPECT_EQ(Verify(*system_, 0).at("moving"), 1);
  payments.Exec(WithIds(
      "UPDATE payments SET state = 'captured', updated_at = now() WHERE order_id = $CONFIRMED"));
}

TEST_F(VerifyTest, WithoutSandboxAndMailSinkOurOwnBooksAreJudged) {
  test::TestDatabase& payments = system_->Db("payments");
  payments.Exec(WithIds("UPDATE payments SET state = 'voided' WHERE order_id = $CONFIRMED"));
  const json report = Verify(*system_, 3, {"--sandbox-db", "", "--mail-dir", ""});
  EXPECT_EQ(report.at("violations").size(), 1u) << report.dump(1);
  EXPECT_EQ(report.at("mails"), 0);
  payments.Exec(WithIds("UPDATE payments SET state = 'captured' WHERE order_id = $CONFIRMED"));
}

TEST_F(VerifyTest, WhatCannotBeReadIsAnotherCode) {
  const Orderctl orderctl(*system_);
  const std::string away =
      orderctl.Output({"verify", "--sandbox-db", "host=127.0.0.1 port=1 dbname=x"}, "ann", 1);
  EXPECT_TRUE(absl::StrContains(away, "UNAVAILABLE")) << away;
  const std::string no_topic = orderctl.Output({"verify", "--topic-prefix", "nobodys."}, "ann", 1);
  EXPECT_TRUE(absl::StrContains(no_topic, "NOT_FOUND")) << no_topic;
  EXPECT_EQ(orderctl.Run({"verify", "--mail-dir", "/nowhere"}).status, 1);
  EXPECT_EQ(orderctl.Run({"verify", "--idle", "-1"}).status, 2);
}

TEST_F(VerifyTest, Promise11AMailThatWasHandedOverWithoutACommit) {
  const std::filesystem::path folder = system_->MailFolder();
  const std::filesystem::path stray = folder / "1000000000-9.eml";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::string mail = test::ReadFile(entry.path());
    if (!absl::StrContains(mail, confirmed_)) continue;
    const std::size_t at = mail.find("Message-ID: <") + 13;
    mail.replace(at, 36, kNew);
    std::ofstream(stray) << mail;
    break;
  }
  ExpectOnly(11, "the mail sink received a mail that was never committed", confirmed_,
             "a stray mail");
  std::filesystem::remove(stray);
}

}  // namespace
}  // namespace waybill::e2e
