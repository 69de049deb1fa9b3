// What order_svc retires, and that nothing which is still needed goes.
#include <memory>
#include <vector>

#include "order_svc/application/get_order.h"
#include "order_svc/application/place_order.h"
#include "order_svc/application/watch_orders.h"
#include "order_svc/storage/history_retirement.h"
#include "platform/request_keys/key_retirement.h"
#include "platform/types/error.h"
#include "tests/integration/order_use_cases.h"

namespace waybill::order_svc {
namespace {

const UserId kAnn("ann");

class OrderRetentionTest : public OrderUseCaseTest {
 protected:
  void SetUp() override { db_.Exec("INSERT INTO products VALUES ('tea', 'Tea', 500, 'USD')"); }

  absl::StatusOr<OrderData> Place(const RequestId& request, int quantity = 1) {
    return place_order_
        .Run(std::vector<PlaceOrderCommand>{{.key = {kAnn, request},
                                             .items = {{Sku("tea"), quantity}},
                                             .email = EmailAddress("ann@example.com"),
                                             .payment_method = "pm_card_visa",
                                             .trace = TraceContext::NewRoot(),
                                             .deadline = absl::Now() + absl::Seconds(60)}})
        .front();
  }
  OrderId PlaceOne() { return Place(RequestId::New()).value().id; }
  void Confirm(const OrderId& id) {
    Change([&](Stores& stores) {
      std::vector<TracedOrder> orders = stores.orders.Lock({id});
      Order& order = orders.front().order;
      order.OnPaymentConfirmed(PaymentId::New(), absl::Now());
      order.OnItemsReserved(absl::Now());
      order.OnPaymentCaptured(absl::Now());
      stores.orders.Save(orders);
    });
  }
  std::int64_t InTransaction(const std::function<std::int64_t(postgres::Transaction&)>& retire) {
    std::int64_t rows = 0;
    const absl::Status status = postgres::RunTransaction(
        pool_, {.name = "test", .deadline = absl::Now() + absl::Seconds(60)},
        [&](postgres::Transaction& tx) {
          rows = retire(tx);
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    return rows;
  }
  // Retires the history of orders that were last changed before that time.
  std::int64_t RetireHistory(absl::Time before, int limit = 1000) {
    return InTransaction([&](postgres::Transaction& tx) {
      return order_svc::RetireHistory(tx, {.before = before, .limit = limit});
    });
  }
  std::int64_t RetireKeys(absl::Time before) {
    return InTransaction([&](postgres::Transaction& tx) {
      return request_keys::RetireKeys(tx, {.before = before, .limit = 1000});
    });
  }
  std::int64_t HistoryOf(const OrderId& id) {
    return Count("order_history WHERE order_id = '" + id.ToString() + "'");
  }

  // After whatever a test has done.
  static absl::Time Later() { return absl::Now() + absl::Minutes(1); }

  PlaceOrder place_order_{unit_of_work_, absl::Minutes(30)};
};

TEST_F(OrderRetentionTest, TheHistoryOfAnOrderUnderWayStays) {
  const OrderId placed = PlaceOne();
  const OrderId confirmed = PlaceOne();
  Confirm(confirmed);
  EXPECT_EQ(RetireHistory(Later()), 4);
  EXPECT_EQ(HistoryOf(placed), 1);
  EXPECT_EQ(HistoryOf(confirmed), 0);
}

TEST_F(OrderRetentionTest, TheHistoryOfAnOrderThatWasChangedLatelyStays) {
  const OrderId id = PlaceOne();
  const absl::Time before = Later();
  Confirm(id);
  db_.Exec("UPDATE orders SET updated_at = now() + interval '1 hour'");
  EXPECT_EQ(RetireHistory(before), 0);
  EXPECT_EQ(HistoryOf(id), 4);
}

TEST_F(OrderRetentionTest, ABatchTakesTheOldestRowsAndTheNextOneTheRest) {
  const OrderId first = PlaceOne();
  Confirm(first);
  Confirm(PlaceOne());
  EXPECT_EQ(RetireHistory(Later(), 5), 5);
  EXPECT_EQ(HistoryOf(first), 0);
  EXPECT_EQ(RetireHistory(Later(), 5), 3);
  EXPECT_EQ(RetireHistory(Later(), 5), 0);
}

TEST_F(OrderRetentionTest, AnOrderWithoutHistoryIsReadWatchedAndCancelledAsBefore) {
  const OrderId id = PlaceOne();
  Confirm(id);
  ASSERT_EQ(RetireHistory(Later()), 4);
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  GetOrder get_order(unit_of_work_);
  EXPECT_EQ(get_order.Run({.user = kAnn}, id, deadline).value().state, OrderState::kConfirmed);

  struct Watcher final : WatchOrders::Watcher {
    void OnTransition(const OrderId&, const Transition& transition) override {
      numbers.push_back(transition.number);
    }
    void OnEnd(const absl::Status& status) override { end = status; }
    std::vector<int> numbers;
    absl::Status end = absl::UnknownError("");
  };
  const auto watcher = std::make_shared<Watcher>();
  WatchOrders(unit_of_work_, {}).Run({.user = kAnn}, id, deadline, watcher);
  EXPECT_EQ(watcher->numbers, std::vector<int>{4});
  EXPECT_TRUE(watcher->end.ok());

  Change([&](Stores& stores) {
    std::vector<TracedOrder> orders = stores.orders.Lock({id});
    ASSERT_TRUE(orders.front().order.Cancel(CancelReason::kCustomer, absl::Now()).ok());
    stores.orders.Save(orders);
  });
  EXPECT_EQ(get_order.Run({.user = kAnn}, id, deadline).value().state, OrderState::kCancelled);
  EXPECT_EQ(HistoryOf(id), 1) << "the transition that came after";
}

TEST_F(OrderRetentionTest, ARequestIdWithinItsTimeGivesTheSameOrder) {
  const RequestId request = RequestId::New();
  const OrderId id = Place(request).value().id;
  EXPECT_EQ(RetireKeys(absl::Now() - absl::Hours(24)), 0);
  EXPECT_EQ(Place(request).value().id, id);
  EXPECT_EQ(ReasonOf(Place(request, 2).status()), "REQUEST_ID_REUSED");
}

TEST_F(OrderRetentionTest, ARequestIdBeyondItsTimeIsANewRequest) {
  const RequestId request = RequestId::New();
  const OrderId id = Place(request).value().id;
  ASSERT_EQ(RetireKeys(Later()), 1);
  const absl::StatusOr<OrderData> again = Place(request, 2);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_NE(again->id, id);
  EXPECT_EQ(Count("orders"), 2) << "the first order stays";
}

TEST_F(OrderRetentionTest, TheHistoryIsFoundAlongItsIndex) {
  db_.Exec(
      "INSERT INTO orders SELECT (lpad(to_hex(1700000000000 + n), 12, '0') || "
      "'70008000000000000000')::uuid, 'ann', 'a@example.com', 'x', 1, 'USD', 'CONFIRMED', NULL, "
      "true, "
      "true, true, NULL, 2, 1, '', now(), now() - interval '1 hour' * (n % 2), now() "
      "FROM generate_series(1, 20000) n;"
      "INSERT INTO order_history SELECT order_id, 1, 'PLACED', NULL, now() - interval '2 hours' "
      "FROM orders; ANALYZE orders; ANALYZE order_history");
  constexpr postgres::Statement kScans{"scans", R"sql(
      SELECT coalesce(sum(seq_scan), 0)::bigint AS scans FROM pg_stat_xact_user_tables
      WHERE relname IN ('orders', 'order_history'))sql"};
  InTransaction([&](postgres::Transaction& tx) {
    const std::int64_t rows =
        order_svc::RetireHistory(tx, {.before = absl::Now() - absl::Minutes(30), .limit = 100});
    EXPECT_EQ(rows, 100);
    EXPECT_EQ(tx.Exec(kScans).front().Get<std::int64_t>("scans"), 0);
    return rows;
  });
}

}  // namespace
}  // namespace waybill::order_svc
