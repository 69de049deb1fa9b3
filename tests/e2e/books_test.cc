// The checks behind BooksAgree detect what is wrong: each violation is planted, detected, and
// undone.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "tests/e2e/books.h"
#include "tests/e2e/event_record.h"
#include "tests/e2e/shop.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::e2e {
namespace {

class BooksTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    system_ = std::make_unique<System>();
    confirmed_ = Shop(*system_).PlaceOneOfEachEnd().confirmed;
    ASSERT_TRUE(BooksAgree(*system_));
    // Nothing may change what the tests plant.
    for (const char* name : {kOrderSvc, kPaymentSvc, kInventorySvc, kNotificationSvc, kRelay})
      system_->Kill(name);
  }
  static void TearDownTestSuite() { system_.reset(); }

  static std::vector<std::string> All() {
    std::vector<std::string> all = Disagreements(*system_);
    for (const auto& more : {TopicDisagreements(*system_), MailDisagreements(*system_)}) {
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }

  // Executes `plant` in the database, with $ID replaced by the confirmed order; then a complaint
  // that contains `seen` must exist. After `undo` there must be none.
  void ExpectSeen(const std::string& database, const std::string& plant, const std::string& undo,
                  const std::string& seen) {
    const auto with_id = [](std::string sql) {
      for (std::size_t at = sql.find("$ID"); at != std::string::npos; at = sql.find("$ID")) {
        sql.replace(at, 3, "'" + confirmed_ + "'");
      }
      return sql;
    };
    test::TestDatabase& db = system_->Db(database);
    db.Exec(with_id(plant));
    const std::vector<std::string> complaints = All();
    EXPECT_TRUE(std::any_of(
        complaints.begin(), complaints.end(),
        [&](const std::string& complaint) { return absl::StrContains(complaint, seen); }))
        << "not detected: " << plant << "\n"
        << absl::StrJoin(complaints, "\n");
    db.Exec(with_id(undo));
    ASSERT_EQ(absl::StrJoin(All(), "\n"), "") << "after " << undo;
  }

  static std::unique_ptr<System> system_;
  static std::string confirmed_;
};

std::unique_ptr<System> BooksTest::system_;
std::string BooksTest::confirmed_;

TEST_F(BooksTest, AnOrderThatDidNotEndIsSeen) {
  ExpectSeen("orders", "UPDATE orders SET state = 'RESERVED' WHERE order_id = $ID",
             "UPDATE orders SET state = 'CONFIRMED' WHERE order_id = $ID", "has not ended");
}

TEST_F(BooksTest, AnOrderWithAGapInItsHistoryIsSeen) {
  ExpectSeen(
      "orders", "UPDATE order_history SET transition = 9 WHERE order_id = $ID AND transition = 2",
      "UPDATE order_history SET transition = 2 WHERE order_id = $ID AND transition = 9", "history");
}

TEST_F(BooksTest, AnOrderWithoutItsOutboxRowIsSeen) {
  ExpectSeen("orders",
             "CREATE TABLE kept AS SELECT * FROM outbox WHERE key = $ID AND sequence = 2;"
             "DELETE FROM outbox WHERE key = $ID AND sequence = 2",
             "INSERT INTO outbox OVERRIDING SYSTEM VALUE SELECT * FROM kept; DROP TABLE kept",
             "does not match its outbox rows");
}

TEST_F(BooksTest, AnOutboxRowWithoutItsOrderIsSeen) {
  ExpectSeen(
      "orders",
      "INSERT INTO outbox (event_id, topic, key, sequence, payload) VALUES (gen_random_uuid(), "
      "'orders.events', 'nobody', 1, '')",
      "DELETE FROM outbox WHERE key = 'nobody'", "does not match its outbox rows");
}

TEST_F(BooksTest, AWrongSequenceIsSeen) {
  ExpectSeen("payments", "UPDATE outbox SET sequence = 7 WHERE key = $ID AND sequence = 2",
             "UPDATE outbox SET sequence = 2 WHERE key = $ID AND sequence = 7",
             "is not numbered 1..n");
}

TEST_F(BooksTest, APaymentThatDoesNotFitItsOrderIsSeen) {
  ExpectSeen("payments", "UPDATE payments SET state = 'voided' WHERE order_id = $ID",
             "UPDATE payments SET state = 'captured' WHERE order_id = $ID",
             "its payment is voided");
  ExpectSeen("payments", "UPDATE payments SET amount_minor = 1 WHERE order_id = $ID",
             "UPDATE payments SET amount_minor = 790 WHERE order_id = $ID",
             "its payment is captured");
  ExpectSeen("payments", "UPDATE payments SET state = 'captured' WHERE state = 'declined'",
             "UPDATE payments SET state = 'declined' WHERE order_id <> $ID",
             "is CANCELLED, but its payment");
  ExpectSeen("payments", "UPDATE payments SET due_at = now() WHERE order_id = $ID",
             "UPDATE payments SET due_at = NULL WHERE order_id = $ID", "under way");
}

TEST_F(BooksTest, AProviderThatKeptAnotherAmountIsSeen) {
  ExpectSeen("sandbox",
             "UPDATE payment_intents SET amount_captured = 789 WHERE metadata ->> 'order_id' = $ID",
             "UPDATE payment_intents SET amount_captured = 790 WHERE metadata ->> 'order_id' = $ID",
             "kept 789 instead of 790");
  ExpectSeen(
      "sandbox",
      "INSERT INTO payment_intents (id, amount, amount_captured, currency, status, payment_method, "
      "metadata) VALUES ('pi_twice', 790, 790, 'eur', 'succeeded', 'x', "
      "jsonb_build_object('order_id', $ID))",
      "DELETE FROM payment_intents WHERE id = 'pi_twice'", "kept 1580 instead of 790");
  ExpectSeen(
      "sandbox",
      "INSERT INTO payment_intents (id, amount, currency, status, payment_method, metadata) VALUES "
      "('pi_held', 790, 'eur', 'requires_capture', 'x', jsonb_build_object('order_id', $ID))",
      "DELETE FROM payment_intents WHERE id = 'pi_held'", "still holds money");
}

TEST_F(BooksTest, StockThatDoesNotAddUpIsSeen) {
  ExpectSeen("inventory", "UPDATE stock SET reserved = reserved + 1",
             "UPDATE stock SET reserved = reserved - 1", "not the sum");
  ExpectSeen("inventory", "UPDATE reservations SET state = 'RELEASED' WHERE order_id = $ID",
             "UPDATE reservations SET state = 'RESERVED' WHERE order_id = $ID",
             "but its reservation is in another state");
}

TEST_F(BooksTest, AMissingMailIsSeen) {
  ExpectSeen("notifications",
             "CREATE TABLE kept AS SELECT * FROM mails WHERE order_id = $ID; DELETE FROM mails "
             "WHERE order_id = $ID",
             "INSERT INTO mails SELECT * FROM kept; DROP TABLE kept",
             "times more than mails were written for it");
  ExpectSeen("notifications", "UPDATE mails SET state = 'PENDING' WHERE order_id = $ID",
             "UPDATE mails SET state = 'SENT' WHERE order_id = $ID", "a mail is not sent");
  ExpectSeen(
      "notifications",
      "CREATE TABLE kept AS SELECT mail_id FROM mails WHERE order_id = $ID;"
      "UPDATE mails SET mail_id = gen_random_uuid() WHERE order_id = $ID",
      "UPDATE mails SET mail_id = (SELECT mail_id FROM kept) WHERE order_id = $ID; DROP TABLE kept",
      "the mail sink never received it");
}

TEST_F(BooksTest, AParkedEventIsSeen) {
  ExpectSeen("inventory",
             "INSERT INTO parked_events (consumer, topic, partition, kafka_offset, event_id, "
             "event_type, reason, "
             "error, payload, headers) VALUES ('x', 't', 0, 0, gen_random_uuid(), 't', 'INVALID', "
             "'e', '', '{}')",
             "DELETE FROM parked_events", "parked in inventory");
}

TEST_F(BooksTest, AnEventThatIsNotOnItsTopicIsSeen) {
  ExpectSeen("inventory",
             "INSERT INTO outbox (event_id, topic, key, sequence, payload) VALUES "
             "('01941f29-7c00-7000-8000-00000000000b', 'inventory.events', 'k', 1, '')",
             "DELETE FROM outbox WHERE key = 'k'", "inventory.events holds");
}

// This test comes last, because a record stays on its topic.
TEST_F(BooksTest, AnEventThatWasNeverCommittedIsSeen) {
  waybill::events::v1::StockReleased event;
  event.set_order_id(confirmed_);
  system_->topics().Produce({EventRecord("inventory.events", confirmed_, 9, event)});
  const std::vector<std::string> complaints = All();
  ASSERT_EQ(complaints.size(), 1u) << absl::StrJoin(complaints, "\n");
  EXPECT_TRUE(absl::StrContains(complaints[0], "never committed"));
}

}  // namespace
}  // namespace waybill::e2e
