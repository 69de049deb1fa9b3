// What order_svc's poll for overdue orders reads, while many orders are open.
#include <gtest/gtest.h>

#include "order_svc/domain/order.h"
#include "platform/postgres/unit_of_work.h"
#include "tests/integration/order_use_cases.h"
#include "tests/integration/rows_read.h"

namespace waybill::order_svc {
namespace {

class OrderPollsCostTest : public OrderUseCaseTest {
 protected:
  void FillWithOpenOrders(int count) {
    const Order order = *Order::Place({.user = UserId("ann"),
                                       .email = EmailAddress("ann@example.com"),
                                       .payment_method = "pm_card_visa",
                                       .lines = {{Sku("tea"), "Tea", 1, {1, "USD"}}},
                                       .placed_at = absl::Now(),
                                       .deadline_at = absl::Now() + absl::Hours(1)});
    Change([&](Stores& stores) { stores.orders.Insert({{order, TraceContext::NewRoot()}}); });
    db_.Exec(
        "INSERT INTO orders SELECT (jsonb_populate_record(o,"
        "  jsonb_build_object('order_id', gen_random_uuid()))).*"
        " FROM orders o, generate_series(2, " +
        std::to_string(count) + ")");
  }
};

// From its sixth execution on, a prepared statement may get a generic plan. PostgreSQL knows nothing of
// the table's rows before autovacuum has counted them.
TEST_F(OrderPollsCostTest, WhetherAnOrderIsOverdueIsReadFromTheIndexHoweverManyAreOpen) {
  FillWithOpenOrders(20'000);
  for (const char* statistics : {"SELECT 1", "ANALYZE orders"}) {
    db_.Exec(statistics);
    std::int64_t rows_read = 0;
    const absl::Status status = postgres::RunTransaction(
        pool_, {.name = "test", .deadline = absl::Now() + absl::Seconds(20)},
        [&](postgres::Transaction& tx) {
          OrderStore orders(tx, &Encode);
          test::RowsRead read(tx, "orders");
          for (int i = 0; i < 10; ++i) EXPECT_FALSE(orders.IsAnyOverdue(absl::Now()));
          EXPECT_TRUE(orders.IsAnyOverdue(absl::Now() + absl::Hours(2)));
          rows_read = read.Get();
          return absl::OkStatus();
        });
    ASSERT_TRUE(status.ok()) << status;
    // The eleventh poll finds one.
    EXPECT_EQ(rows_read, 1) << statistics;
  }
}

}  // namespace
}  // namespace waybill::order_svc
