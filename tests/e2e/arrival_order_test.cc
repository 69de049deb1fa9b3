// Events of two topics can arrive in any order. Each service receives every interleaving through
// real Kafka, written by the test, and must end in the same state. Within a topic, Kafka keeps the
// order.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "platform/events/topics.h"
#include "platform/types/uuid.h"
#include "tests/e2e/event_record.h"
#include "tests/e2e/shop.h"
#include "tests/e2e/system.h"
#include "tests/support/wait.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::e2e {
namespace {

namespace events_v1 = ::waybill::events::v1;

constexpr char kPaymentId[] = "01941f29-7c00-7000-8000-00000000000a";

using MakeRecord = std::function<test::Record(const std::string& order_id)>;
using Sequence = std::vector<MakeRecord>;

// Returns all ways to merge the two that keep the order within each.
std::vector<Sequence> Interleavings(const Sequence& a, const Sequence& b) {
  std::vector<bool> from_b(a.size(), false);
  from_b.insert(from_b.end(), b.size(), true);
  std::vector<Sequence> all;
  do {
    Sequence merged;
    std::size_t next_a = 0, next_b = 0;
    for (const bool take_b : from_b) merged.push_back(take_b ? b[next_b++] : a[next_a++]);
    all.push_back(std::move(merged));
  } while (std::next_permutation(from_b.begin(), from_b.end()));
  return all;
}

MakeRecord Placed() {
  return [](const std::string& id) {
    events_v1::OrderPlaced event;
    event.set_order_id(id);
    event.set_user_id("ann");
    event.add_items()->set_product_id("tea");
    event.mutable_items(0)->set_quantity(1);
    event.set_amount_minor(790);
    event.set_currency("EUR");
    event.set_payment_method(kGoodCard);
    event.mutable_placed_at()->set_seconds(1769860800);
    return EventRecord(events::kOrdersTopic, id, 1, event);
  };
}

MakeRecord Cancelled() {
  return [](const std::string& id) {
    events_v1::OrderCancelled event;
    event.set_order_id(id);
    event.set_user_id("ann");
    event.set_email("ann@example.com");
    event.set_reason("CUSTOMER");
    event.set_amount_minor(790);
    event.set_currency("EUR");
    event.mutable_cancelled_at()->set_seconds(1769860801);
    return EventRecord(events::kOrdersTopic, id, 2, event);
  };
}

MakeRecord Processed() {
  return [](const std::string& id) {
    events_v1::PaymentProcessed event;
    event.set_order_id(id);
    event.set_payment_status("confirmed");
    event.set_payment_id(kPaymentId);
    event.set_amount_minor(790);
    event.set_currency("EUR");
    return EventRecord(events::kPaymentsTopic, id, 1, event);
  };
}

MakeRecord Captured() {
  return [](const std::string& id) {
    events_v1::PaymentCaptured event;
    event.set_order_id(id);
    event.set_payment_id(kPaymentId);
    event.set_amount_minor(790);
    event.set_currency("EUR");
    return EventRecord(events::kPaymentsTopic, id, 2, event);
  };
}

MakeRecord CaptureFailed() {
  return [](const std::string& id) {
    events_v1::PaymentFailed event;
    event.set_order_id(id);
    event.set_payment_id(kPaymentId);
    event.set_reason("expired_card");
    return EventRecord(events::kPaymentsTopic, id, 2, event);
  };
}

MakeRecord Updated() {
  return [](const std::string& id) {
    events_v1::InventoryUpdated event;
    event.set_order_id(id);
    event.set_status("items reserved");
    event.add_items()->set_product_id("tea");
    event.mutable_items(0)->set_quantity(1);
    return EventRecord(events::kInventoryTopic, id, 1, event);
  };
}

MakeRecord Rejected() {
  return [](const std::string& id) {
    events_v1::InventoryRejected event;
    event.set_order_id(id);
    events_v1::Shortage& shortage = *event.add_shortages();
    shortage.set_product_id("tea");
    shortage.set_wanted(1);
    return EventRecord(events::kInventoryTopic, id, 1, event);
  };
}

// One service and what it needs, without the relay: it receives only what the test writes.
class ArrivalOrderTest : public ::testing::Test {
 protected:
  void Start(const std::vector<std::string>& processes, const std::string& database) {
    SystemOptions options;
    options.processes = processes;
    system_ = std::make_unique<System>(options);
    database_ = database;
  }
  test::TestDatabase& db() { return system_->Db(database_); }

  // Writes the interleavings of the sequences, each to its own order. Writes each event after the
  // one before has taken effect. Returns the orders.
  std::vector<std::string> Run(const Sequence& a, const Sequence& b,
                               const std::function<std::string()>& new_order) {
    const std::vector<Sequence> ways = Interleavings(a, b);
    std::vector<std::string> orders;
    for (std::size_t i = 0; i < ways.size(); ++i) orders.push_back(new_order());
    for (std::size_t step = 0; step < ways[0].size(); ++step) {
      std::vector<test::Record> records;
      for (std::size_t i = 0; i < ways.size(); ++i) records.push_back(ways[i][step](orders[i]));
      system_->topics().Produce(records);
      received_ += static_cast<std::int64_t>(records.size());
      test::WaitUntil([&] { return db().QueryInt("SELECT count(*) FROM inbox") == received_; },
                      "the inbox to hold " + std::to_string(received_) + " events");
    }
    return orders;
  }

  void ExpectAll(const std::vector<std::string>& orders, const std::string& sql,
                 const std::string& expected) {
    for (std::size_t i = 0; i < orders.size(); ++i) {
      EXPECT_EQ(db().QueryText(sql + " WHERE order_id = '" + orders[i] + "'"), expected)
          << "interleaving " << i;
    }
    EXPECT_EQ(db().QueryInt("SELECT count(*) FROM parked_events"), 0);
  }

  std::unique_ptr<System> system_;
  std::string database_;
  std::int64_t received_ = 0;
};

std::string NewOrderId() { return OrderId::New().ToString(); }

TEST_F(ArrivalOrderTest, InventoryEndsTheSame) {
  Start({kInventorySvc}, "inventory");
  db().Exec("INSERT INTO stock (product_id, on_hand) VALUES ('tea', 1000)");
  ExpectAll(Run({Placed()}, {Processed()}, NewOrderId), "SELECT state FROM reservations",
            "RESERVED");
  EXPECT_EQ(db().QueryInt("SELECT reserved FROM stock"), 2);
  ExpectAll(Run({Placed(), Cancelled()}, {Processed()}, NewOrderId),
            "SELECT state FROM reservations", "RELEASED");
  EXPECT_EQ(db().QueryInt("SELECT reserved FROM stock"), 2);
}

TEST_F(ArrivalOrderTest, PaymentsEndTheSame) {
  Start({kSandbox, kPaymentSvc}, "payments");
  const Sandbox sandbox(*system_);
  const auto settle = [&] {
    test::WaitUntil(
        [&] {
          return db().QueryInt("SELECT count(*) FROM payments WHERE due_at IS NOT NULL") == 0;
        },
        "the payments to be at rest");
  };
  const auto captured = Run({Placed()}, {Updated()}, NewOrderId);
  settle();
  ExpectAll(captured, "SELECT state FROM payments", "captured");
  EXPECT_EQ(sandbox.Ledger().captured, 2 * 790);

  const auto released = Run({Placed(), Cancelled()}, {Updated()}, NewOrderId);
  settle();
  ExpectAll(released, "SELECT wanted FROM payments", "release");
  for (const std::string& id : released) {
    const Sandbox::Totals ledger = sandbox.Ledger(id);
    EXPECT_EQ(ledger.held, 0);
    EXPECT_EQ(ledger.captured, ledger.refunded);
  }
}

TEST_F(ArrivalOrderTest, OrdersEndTheSame) {
  Start({kInventorySvc, kOrderSvc}, "orders");
  Shop shop(*system_);
  shop.Stock("tea", 790, 1000);
  // inventory_svc was only needed for Stock.
  system_->Kill(kInventorySvc);
  const auto place = [&] { return shop.Place({.items = {{"tea", 1}}}).order_id(); };
  const std::string outcome =
      "SELECT state || ' ' || coalesce(cancel_reason, '-') || ' ' || event_sequence FROM orders";
  ExpectAll(Run({Processed(), Captured()}, {Updated()}, place), outcome, "CONFIRMED - 2");
  ExpectAll(Run({Processed()}, {Rejected()}, place), outcome, "CANCELLED OUT_OF_STOCK 2");
  ExpectAll(Run({Processed(), CaptureFailed()}, {Updated()}, place), outcome,
            "CANCELLED PAYMENT_FAILED 2");
}

}  // namespace
}  // namespace waybill::e2e
