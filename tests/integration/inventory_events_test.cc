#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/time/clock.h"
#include "platform/postgres/unit_of_work.h"
#include "tests/integration/inventory_events.h"
#include "tests/support/test_database.h"

namespace waybill::inventory_svc {
namespace {

class InventoryEventsTest : public ::testing::Test {
 protected:
  static constexpr int kSessions = 50;

  absl::Status Handle(inbox::BatchHandler& handler, const std::vector<events::IncomingEvent>& batch,
                      int max_attempts = 1) {
    const absl::Status status = postgres::RunTransaction(
        pool_,
        {.name = "test", .deadline = absl::Now() + absl::Seconds(60), .max_attempts = max_attempts},
        [&](postgres::Transaction& tx) { return handler.Handle(tx, batch); });
    if (status.ok()) handler.OnCommitted();
    return status;
  }
  absl::Status Handle(const std::vector<events::IncomingEvent>& batch) {
    return Handle(*handler_, batch);
  }

  void Stock(const std::string& product, int on_hand) {
    db_.Exec("INSERT INTO stock (product_id, on_hand) VALUES ('" + product + "', " +
             std::to_string(on_hand) + ")");
  }
  std::int64_t Reserved(const std::string& product) {
    return db_.QueryInt("SELECT reserved FROM stock WHERE product_id = '" + product + "'");
  }
  std::string StateOf(const OrderId& order) {
    return db_.QueryText("SELECT state FROM reservations WHERE order_id = '" + order.ToString() +
                         "'");
  }
  // "InventoryUpdated 1", one for each outbox row of the order, in order.
  std::vector<std::string> PublishedFor(const OrderId& order) {
    std::vector<std::string> published;
    for (const auto& row : db_.QueryRows("SELECT convert_from(payload, 'UTF8')::json ->> 'event', "
                                         "sequence FROM outbox WHERE key = '" +
                                         order.ToString() + "' ORDER BY id")) {
      published.push_back(row[0] + " " + row[1]);
    }
    return published;
  }
  // Promise 7: the books agree, SKU by SKU.
  void ExpectBooksAgree() {
    EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM stock s LEFT JOIN ("
                           "  SELECT product_id, sum(quantity) AS held FROM reservation_items"
                           "  JOIN reservations USING (order_id) WHERE state = 'RESERVED'"
                           "  GROUP BY product_id) h USING (product_id) "
                           "WHERE s.reserved <> coalesce(h.held, 0) OR s.reserved > s.on_hand"),
              0);
  }

  test::TestDatabase db_{"inventory"};
  postgres::Pool pool_{{.conninfo = db_.Conninfo("inventory_svc"), .pool_size = kSessions}, "test"};
  const UnitOfWork unit_of_work_{pool_, &Encode};
  std::unique_ptr<inbox::BatchHandler> handler_ = MakeEventHandler(unit_of_work_);
};

using Strings = std::vector<std::string>;

TEST_F(InventoryEventsTest, ABatchIsAppliedWithOneOutboxRowForEachOutcome) {
  Stock("cup", 5);
  Stock("pot", 1);
  const OrderId reserved = OrderId::New();
  const OrderId rejected = OrderId::New();
  const OrderId declined = OrderId::New();
  const OrderId unknown = OrderId::New();

  ASSERT_TRUE(Handle({Placed(reserved, {{"cup", 2}, {"pot", 1}, {"cup", 1}}),
                      Placed(rejected, {{"cup", 3}}), Placed(declined, {{"cup", 1}}),
                      Placed(unknown, {{"no-such", 1}}), Paid(reserved), Paid(rejected),
                      Paid(declined, "declined"), Paid(unknown)})
                  .ok());

  EXPECT_EQ(StateOf(reserved), "RESERVED");
  EXPECT_EQ(StateOf(rejected), "REJECTED");
  EXPECT_EQ(StateOf(declined), "WAITING");
  EXPECT_EQ(StateOf(unknown), "REJECTED");
  EXPECT_EQ(Reserved("cup"), 3);
  EXPECT_EQ(Reserved("pot"), 1);
  EXPECT_EQ(PublishedFor(reserved), (Strings{"InventoryUpdated 1"}));
  EXPECT_EQ(PublishedFor(rejected), (Strings{"InventoryRejected 1"}));
  EXPECT_EQ(PublishedFor(declined), Strings{});
  EXPECT_EQ(PublishedFor(unknown), (Strings{"InventoryRejected 1"}));
  ExpectBooksAgree();
}

TEST_F(InventoryEventsTest, ADeclinedPaymentNeedsNoRow) {
  const OrderId order = OrderId::New();
  ASSERT_TRUE(Handle({Paid(order, "declined")}).ok());
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM reservations"), 0);
  ASSERT_TRUE(Handle({Placed(order, {{"cup", 1}}), Paid(order, "declined")}).ok());
  EXPECT_EQ(db_.QueryText("SELECT state FROM reservations"), "WAITING");
}

TEST_F(InventoryEventsTest, WhatComesInSeveralBatchesIsRemembered) {
  Stock("cup", 5);
  const OrderId order = OrderId::New();

  ASSERT_TRUE(Handle({Paid(order)}).ok());
  EXPECT_EQ(StateOf(order), "WAITING");
  ASSERT_TRUE(Handle({Placed(order, {{"cup", 2}, {"cup", 2}})}).ok());
  EXPECT_EQ(StateOf(order), "RESERVED");
  EXPECT_EQ(Reserved("cup"), 4);
  ASSERT_TRUE(Handle({Cancelled(order)}).ok());

  EXPECT_EQ(StateOf(order), "RELEASED");
  EXPECT_EQ(Reserved("cup"), 0);
  EXPECT_EQ(PublishedFor(order), (Strings{"InventoryUpdated 1", "StockReleased 2"}));
  ExpectBooksAgree();
}

TEST_F(InventoryEventsTest, NewsToldAgainUnderANewEventIdChangeNothing) {
  Stock("cup", 5);
  const OrderId order = OrderId::New();
  ASSERT_TRUE(Handle({Placed(order, {{"cup", 2}}), Paid(order)}).ok());

  ASSERT_TRUE(Handle({Paid(order), Placed(order, {{"cup", 1}}), Paid(order)}).ok());
  EXPECT_EQ(Reserved("cup"), 2);
  ASSERT_TRUE(Handle({Cancelled(order), Cancelled(order)}).ok());
  ASSERT_TRUE(Handle({Paid(order)}).ok());

  EXPECT_EQ(StateOf(order), "RELEASED");
  EXPECT_EQ(Reserved("cup"), 0);
  EXPECT_EQ(PublishedFor(order), (Strings{"InventoryUpdated 1", "StockReleased 2"}));
}

TEST_F(InventoryEventsTest, ACancellationThatComesFirstLeavesATombstone) {
  Stock("cup", 5);
  const OrderId order = OrderId::New();

  ASSERT_TRUE(Handle({Cancelled(order)}).ok());
  EXPECT_EQ(StateOf(order), "RELEASED");
  ASSERT_TRUE(Handle({Placed(order, {{"cup", 2}}), Paid(order)}).ok());

  EXPECT_EQ(StateOf(order), "RELEASED");
  EXPECT_EQ(Reserved("cup"), 0);
  EXPECT_EQ(PublishedFor(order), Strings{});
}

TEST_F(InventoryEventsTest, AnOutcomeIsPublishedInTheTraceOfItsCause) {
  Stock("cup", 5);
  const OrderId order = OrderId::New();
  const events::IncomingEvent paid = Paid(order);

  ASSERT_TRUE(Handle({Placed(order, {{"cup", 2}}), paid}).ok());

  EXPECT_EQ(db_.QueryText("SELECT split_part(headers ->> 'traceparent', '-', 2) FROM outbox"),
            paid.trace.trace_id());
}

TEST_F(InventoryEventsTest, AReservationIsNeverWithoutItsOutboxRow) {
  Stock("cup", 5);
  const OrderId order = OrderId::New();
  ASSERT_TRUE(Handle({Placed(order, {{"cup", 2}})}).ok());
  db_.Exec("ALTER TABLE outbox ADD CONSTRAINT refuse CHECK (false) NOT VALID");

  EXPECT_FALSE(Handle({Paid(order)}).ok());
  EXPECT_EQ(StateOf(order), "WAITING");
  EXPECT_EQ(Reserved("cup"), 0);

  db_.Exec("ALTER TABLE outbox DROP CONSTRAINT refuse");
  ASSERT_TRUE(Handle({Paid(order)}).ok());
  EXPECT_EQ(StateOf(order), "RESERVED");
  EXPECT_EQ(PublishedFor(order), (Strings{"InventoryUpdated 1"}));
}

TEST_F(InventoryEventsTest, ABadEventUndoesItsWholeBatch) {
  Stock("cup", 5);
  const OrderId good = OrderId::New();
  events::IncomingEvent bad = Placed(OrderId::New(), {{"cup", 1}});
  bad.payload = "{";

  EXPECT_EQ(Handle({Placed(good, {{"cup", 1}}), Paid(good), bad}).code(),
            absl::StatusCode::kInvalidArgument);

  EXPECT_EQ(
      db_.QueryInt("SELECT (SELECT count(*) FROM reservations) + (SELECT count(*) FROM outbox)"),
      0);
  EXPECT_EQ(Reserved("cup"), 0);
}

// Fifty consumers take the same two SKUs, named in opposite orders, in batches that cross.
TEST_F(InventoryEventsTest, FiftyBuyersAtOnceNeverOversellAHotSku) {
  constexpr int kOnHand = 60;
  constexpr int kOrdersEach = 4;
  Stock("cup", kOnHand);
  Stock("pot", 1000);
  std::atomic<int> failures = 0;
  std::vector<std::thread> buyers;
  for (int b = 0; b < kSessions; ++b) {
    buyers.emplace_back([this, b, &failures] {
      const std::unique_ptr<inbox::BatchHandler> handler = MakeEventHandler(unit_of_work_);
      std::vector<events::IncomingEvent> batch;
      for (int o = 0; o < kOrdersEach; ++o) {
        const OrderId order = OrderId::New();
        batch.push_back(Placed(
            order, b % 2 == 0 ? Lines{{"cup", 1}, {"pot", 1}} : Lines{{"pot", 1}, {"cup", 1}}));
        batch.push_back(Paid(order));
        if (o == 0) batch.push_back(Cancelled(order));
      }
      // One attempt: a deadlock would be a failure, not a retry.
      if (!Handle(*handler, batch, 1).ok()) ++failures;
    });
  }
  for (std::thread& buyer : buyers) buyer.join();

  EXPECT_EQ(failures, 0);
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM reservations WHERE state = 'RESERVED'"), kOnHand);
  EXPECT_EQ(Reserved("cup"), kOnHand);
  EXPECT_EQ(Reserved("pot"), kOnHand);
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM reservations WHERE state = 'WAITING'"), 0);
  ExpectBooksAgree();
}

// The same orders' events arrive at two consumers at once, as after a rebalance.
TEST_F(InventoryEventsTest, TwoConsumersWithTheSameOrdersAgree) {
  constexpr int kOrders = 40;
  Stock("cup", 15);
  std::vector<events::IncomingEvent> placed, paid;
  for (int o = 0; o < kOrders; ++o) {
    const OrderId order = OrderId::New();
    placed.push_back(Placed(order, {{"cup", 1}}));
    paid.insert(paid.begin(), Paid(order));
  }
  absl::Status first, second;
  const std::unique_ptr<inbox::BatchHandler> other = MakeEventHandler(unit_of_work_);
  // As often as the engine tries: whoever comes second to create a reservation begins again.
  std::thread thread([&] { second = Handle(*other, paid, 3); });
  first = Handle(*handler_, placed, 3);
  thread.join();

  EXPECT_TRUE(first.ok()) << first;
  EXPECT_TRUE(second.ok()) << second;
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM reservations WHERE state = 'RESERVED'"), 15);
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM reservations WHERE state = 'REJECTED'"), 25);
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM outbox"), kOrders);
  ExpectBooksAgree();
}

// Payments and cancellations of the same orders at once: whichever is first, nothing stays held.
TEST_F(InventoryEventsTest, APaymentThatMeetsItsCancellationLeavesNothingHeld) {
  constexpr int kRounds = 10;
  constexpr int kOrders = 20;
  Stock("cup", kOrders);
  const std::unique_ptr<inbox::BatchHandler> other = MakeEventHandler(unit_of_work_);
  for (int round = 0; round < kRounds; ++round) {
    std::vector<events::IncomingEvent> placed, paid, cancelled;
    for (int o = 0; o < kOrders; ++o) {
      const OrderId order = OrderId::New();
      placed.push_back(Placed(order, {{"cup", 1}}));
      paid.push_back(Paid(order));
      cancelled.insert(cancelled.begin(), Cancelled(order));
    }
    ASSERT_TRUE(Handle(placed).ok());
    absl::Status second;
    std::thread thread([&] { second = Handle(*other, cancelled); });
    const absl::Status first = Handle(paid);
    thread.join();

    EXPECT_TRUE(first.ok()) << first;
    EXPECT_TRUE(second.ok()) << second;
    EXPECT_EQ(Reserved("cup"), 0);
    ExpectBooksAgree();
  }
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM reservations WHERE state = 'RELEASED'"),
            kRounds * kOrders);
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM outbox a WHERE sequence = 1 AND NOT EXISTS ("
                         "  SELECT FROM outbox b WHERE b.key = a.key AND b.sequence = 2)"),
            0);
}

}  // namespace
}  // namespace waybill::inventory_svc
