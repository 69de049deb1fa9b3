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
#include "tests/e2e/verify_fixture.h"
#include "tests/support/wait.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::e2e {
namespace {

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
  // Its id has no time: an event of long ago would be past the outbox's retention.
  const std::string timeless = "01941f29-7c00-4000-8000-00000000000a";
  ExpectNamed(
      6, "inventory_svc has processed it, but it was never committed", "inventory",
      "INSERT INTO inbox VALUES ('inventory_svc', '" + timeless + "', now() - interval '1 minute')",
      "DELETE FROM inbox WHERE event_id = '" + timeless + "'", "");
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
  ExpectNamed(7, "the order is marked as shipped, but its items were not shipped", "orders",
              "UPDATE orders SET shipped_at = now() WHERE order_id = $CONFIRMED",
              "UPDATE orders SET shipped_at = NULL WHERE order_id = $CONFIRMED");
  ExpectNamed(7, "the items were shipped, but the order isn't marked as shipped", "inventory",
              "UPDATE reservations SET state = 'SHIPPED' WHERE order_id = $CONFIRMED; UPDATE stock "
              "SET on_hand = 999, reserved = 0",
              "UPDATE reservations SET state = 'RESERVED' WHERE order_id = $CONFIRMED; UPDATE "
              "stock SET on_hand = 1000, reserved = 1");
  ExpectNamed(7, "the reserved items differ from the ordered ones", "inventory",
              "UPDATE reservation_items SET quantity = 2 WHERE order_id = $CONFIRMED; UPDATE stock "
              "SET reserved = 2",
              "UPDATE reservation_items SET quantity = 1 WHERE order_id = $CONFIRMED; UPDATE stock "
              "SET reserved = 1");
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
  EXPECT_TRUE(absl::StrContains(no_topic, "topic nobodys.")) << no_topic;
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
