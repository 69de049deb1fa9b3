// PlaceOrder over gRPC and PostgreSQL: once, whatever happens.
#include <httplib.h>

#include <algorithm>
#include <functional>
#include <pqxx/pqxx>
#include <set>
#include <thread>

#include "tests/integration/order_rig.h"

namespace waybill::order_svc {
namespace {

using ::grpc::StatusCode;
using test::Describe;
using test::DetailsOf;
using test::Eventually;

class OrderPlacingTest : public OrderServiceTest {
 protected:
  std::string Count(const std::string& table, const std::string& order_id) {
    return db().QueryText("SELECT count(*) FROM " + table + " WHERE order_id = '" + order_id + "'");
  }
};

TEST_F(OrderPlacingTest, AnOrderIsWrittenWithLinesHistoryRequestKeyAndOutboxRow) {
  orders_v1::PlaceOrderRequest request = ATea(2);
  orders_v1::Item& second = *request.add_items();
  second.set_product_id("cup");
  second.set_quantity(3);
  const orders_v1::Order order = Placed(request);

  EXPECT_EQ(order.state(), orders_v1::ORDER_STATE_PLACED);
  EXPECT_EQ(order.user_id(), user_);
  EXPECT_EQ(order.total().minor_units(), 2 * 500 + 3 * 900);
  EXPECT_EQ(order.total().currency_code(), "USD");
  ASSERT_EQ(order.lines_size(), 2);
  EXPECT_EQ(order.lines(0).product_name(), "Fine tea");
  EXPECT_EQ(order.lines(1).unit_price().minor_units(), 900);

  EXPECT_EQ(Count("orders", order.order_id()), "1");
  EXPECT_EQ(Count("order_lines", order.order_id()), "2");
  EXPECT_EQ(Count("order_history", order.order_id()), "1");
  EXPECT_EQ(db().QueryInt("SELECT count(*) FROM request_keys WHERE resource = '" +
                          order.order_id() + "'"),
            1);
  const auto outbox = db().QueryRows(
      "SELECT topic, sequence, headers->>'ce_type', convert_from(payload, "
      "'UTF8')::json->>'userId', "
      "convert_from(payload, 'UTF8')::json->>'amountMinor' FROM outbox WHERE key = '" +
      order.order_id() + "'");
  EXPECT_EQ(outbox, (std::vector<std::vector<std::string>>{
                        {"orders.events", "1", "waybill.events.v1.OrderPlaced", user_, "3700"}}));
}

TEST_F(OrderPlacingTest, TheTraceOfTheCallIsInTheOrderAndInItsEvent) {
  const std::string trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  orders_v1::PlaceOrderResponse response;
  const auto context =
      test::MakeContext(user_, absl::Seconds(20), "00-" + trace_id + "-00f067aa0ba902b7-01");
  ASSERT_TRUE(instance().orders().PlaceOrder(context.get(), ATea(), &response).ok());
  const std::string id = response.order().order_id();
  EXPECT_EQ(
      db().QueryText("SELECT substr(traceparent, 4, 32) FROM orders WHERE order_id = '" + id + "'"),
      trace_id);
  EXPECT_EQ(
      db().QueryText("SELECT substr(headers->>'traceparent', 4, 32) FROM outbox WHERE key = '" +
                     id + "'"),
      trace_id);
}

TEST_F(OrderPlacingTest, ARequestIdAnswersTheSameOrderAgain) {
  const orders_v1::PlaceOrderRequest request = ATea(3);
  const orders_v1::Order first = Placed(request);
  EXPECT_EQ(Placed(request).SerializeAsString(), first.SerializeAsString());

  // Still as it was placed after it has moved on.
  backend().topics.Produce({SagaEventRecord("payments.events", "PaymentProcessed", first.order_id(),
                                            {{"paymentStatus", "declined"}})});
  ASSERT_TRUE(Eventually([&] { return StateOf(first.order_id()) == "CANCELLED PAYMENT_DECLINED"; },
                         "the cancellation"));
  EXPECT_EQ(Placed(request).SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(OrdersOfUser(), 1);
}

TEST_F(OrderPlacingTest, ARequestIdWithOtherItemsIsRefused) {
  orders_v1::PlaceOrderRequest request = ATea(3);
  Placed(request);
  for (int change = 0; change < 4; ++change) {
    orders_v1::PlaceOrderRequest other = request;
    if (change == 0) other.mutable_items(0)->set_quantity(4);
    if (change == 1) other.mutable_items(0)->set_product_id("cup");
    if (change == 2) other.set_email("bob@example.com");
    if (change == 3) other.set_payment_method("pm_card_mastercard");
    const ::grpc::Status status = Place(other);
    EXPECT_EQ(status.error_code(), StatusCode::ALREADY_EXISTS) << Describe(status);
    EXPECT_EQ(DetailsOf(status).reason, "REQUEST_ID_REUSED");
    EXPECT_TRUE(DetailsOf(status).Violates("request_id"));
  }
  EXPECT_EQ(OrdersOfUser(), 1);
}

TEST_F(OrderPlacingTest, TwentyParallelCallsWithOneRequestIdMakeOneOrder) {
  const orders_v1::PlaceOrderRequest request = ATea();
  std::vector<orders_v1::PlaceOrderResponse> responses(20);
  std::vector<::grpc::Status> statuses(20);
  std::vector<std::thread> callers;
  for (std::size_t i = 0; i < responses.size(); ++i) {
    callers.emplace_back([&, i] { statuses[i] = Place(request, &responses[i]); });
  }
  for (std::thread& caller : callers) caller.join();
  for (std::size_t i = 0; i < responses.size(); ++i) {
    ASSERT_TRUE(statuses[i].ok()) << Describe(statuses[i]);
    EXPECT_EQ(responses[i].SerializeAsString(), responses[0].SerializeAsString());
  }
  EXPECT_EQ(OrdersOfUser(), 1);
  EXPECT_EQ(db().QueryInt("SELECT count(*) FROM outbox WHERE key = '" +
                          responses[0].order().order_id() + "'"),
            1);
}

TEST_F(OrderPlacingTest, OrdersPlacedInParallelAreListedInTheOrderOfTheirCreateTimes) {
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      for (int k = 0; k < 5; ++k) {
        orders_v1::PlaceOrderRequest request = ATea();
        request.set_request_id(NewRequestId());
        EXPECT_TRUE(Place(request).ok());
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  orders_v1::ListOrdersResponse response;
  ASSERT_TRUE(instance().orders().ListOrders(test::MakeContext(user_).get(), {}, &response).ok());
  ASSERT_EQ(response.orders_size(), 40);
  const auto nanoseconds = [](const orders_v1::Order& order) {
    return order.create_time().seconds() * 1'000'000'000 + order.create_time().nanos();
  };
  EXPECT_TRUE(std::ranges::is_sorted(response.orders(), std::greater<>(), nanoseconds));
}

TEST_F(OrderPlacingTest, AFailedRequestIdCanBeUsedAgain) {
  orders_v1::PlaceOrderRequest request = ATea();
  request.mutable_items(0)->set_product_id("unknown");
  EXPECT_EQ(DetailsOf(Place(request)).reason, "PRODUCT_NOT_FOUND");
  request.mutable_items(0)->set_product_id("tea");
  EXPECT_TRUE(Place(request).ok());
}

TEST_F(OrderPlacingTest, AnOrderIsNeverWithoutItsOutboxRow) {
  db().Exec("REVOKE INSERT ON outbox FROM waybill_service");
  const ::grpc::Status status = Place(ATea());
  db().Exec("GRANT INSERT ON outbox TO waybill_service");
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE) << Describe(status);
  EXPECT_EQ(status.error_message().find("outbox"), std::string::npos) << "internals stay inside";
  EXPECT_EQ(OrdersOfUser(), 0);
  EXPECT_EQ(db().QueryInt("SELECT count(*) FROM request_keys WHERE user_id = '" + user_ + "'"), 0);
}

TEST_F(OrderPlacingTest, APriceChangeLeavesPlacedOrdersAsTheyWere) {
  catalog_v1::UpsertProductRequest upsert;
  upsert.set_request_id(NewRequestId());
  upsert.mutable_product()->set_product_id("changing");
  upsert.mutable_product()->set_name("Before");
  upsert.mutable_product()->mutable_unit_price()->set_minor_units(100);
  upsert.mutable_product()->mutable_unit_price()->set_currency_code("USD");
  catalog_v1::UpsertProductResponse upserted;
  ASSERT_TRUE(
      instance().catalog().UpsertProduct(test::MakeContext("c").get(), upsert, &upserted).ok());
  orders_v1::PlaceOrderRequest request = ATea();
  request.mutable_items(0)->set_product_id("changing");
  const orders_v1::Order order = Placed(request);

  upsert.set_request_id(NewRequestId());
  upsert.mutable_product()->set_name("After");
  upsert.mutable_product()->mutable_unit_price()->set_minor_units(200);
  ASSERT_TRUE(
      instance().catalog().UpsertProduct(test::MakeContext("c").get(), upsert, &upserted).ok());

  orders_v1::GetOrderRequest get;
  get.set_order_id(order.order_id());
  orders_v1::GetOrderResponse got;
  ASSERT_TRUE(instance().orders().GetOrder(test::MakeContext(user_).get(), get, &got).ok());
  EXPECT_EQ(got.order().SerializeAsString(), order.SerializeAsString());
  request.set_request_id(NewRequestId());
  EXPECT_EQ(Placed(request).total().minor_units(), 200);
}

// Holds a lock that PlaceOrder waits for, until it goes out of scope.
class BlockedDatabase {
 public:
  explicit BlockedDatabase(test::TestDatabase& db)
      : connection_(db.Conninfo("postgres")), work_(connection_) {
    work_.exec("LOCK TABLE request_keys IN ACCESS EXCLUSIVE MODE");
  }

 private:
  pqxx::connection connection_;
  pqxx::work work_;
};

constexpr char kWaiting[] =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND usename = 'order_svc' AND wait_event_type = 'Lock'";
constexpr char kBusy[] =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND usename = 'order_svc' AND state <> 'idle'";

TEST_F(OrderPlacingTest, AnExpiredDeadlineWritesNothing) {
  const orders_v1::PlaceOrderRequest request = ATea();
  {
    BlockedDatabase blocked(db());
    const ::grpc::Status status = Place(request, nullptr, absl::Milliseconds(500));
    EXPECT_EQ(status.error_code(), StatusCode::DEADLINE_EXCEEDED) << Describe(status);
    ASSERT_TRUE(Eventually([&] { return db().QueryInt(kWaiting) > 0; }, "the call to wait"));
  }
  // The transaction goes on when the lock is free, and must not be committed.
  ASSERT_TRUE(Eventually([&] { return db().QueryInt(kBusy) == 0; }, "the transaction to end"));
  EXPECT_EQ(OrdersOfUser(), 0);
  EXPECT_TRUE(Place(request).ok()) << "the request_id is still free";
}

TEST_F(OrderPlacingTest, CallsThatComeTogetherEachGetTheirOrderAndARequestIdMakesOne) {
  constexpr std::size_t kCallers = 24;
  const orders_v1::PlaceOrderRequest same = ATea(3);
  std::vector<std::thread> callers;
  std::vector<orders_v1::PlaceOrderResponse> responses(kCallers);
  std::vector<::grpc::Status> statuses(kCallers);
  for (std::size_t i = 0; i < kCallers; ++i) {
    callers.emplace_back(
        [&, i] { statuses[i] = Place(i % 2 == 0 ? ATea() : same, &responses[i]); });
  }
  for (std::thread& caller : callers) caller.join();
  std::set<std::string> ids, of_same;
  for (std::size_t i = 0; i < kCallers; ++i) {
    EXPECT_TRUE(statuses[i].ok()) << Describe(statuses[i]);
    ids.insert(responses[i].order().order_id());
    if (i % 2 != 0) of_same.insert(responses[i].order().order_id());
  }
  EXPECT_EQ(of_same.size(), 1u) << "one request_id";
  EXPECT_EQ(ids.size(), kCallers / 2 + 1);
  EXPECT_EQ(OrdersOfUser(), static_cast<std::int64_t>(ids.size()));
}

TEST_F(OrderPlacingTest, ADeadlineThatPassedBeforeTheCallIsRefused) {
  const ::grpc::Status status = Place(ATea(), nullptr, -absl::Seconds(1));
  EXPECT_EQ(status.error_code(), StatusCode::DEADLINE_EXCEEDED) << Describe(status);
  EXPECT_EQ(OrdersOfUser(), 0);
}

TEST_F(OrderPlacingTest, BusySessionsAreAnsweredWithAHintToComeBackAndNothingIsWritten) {
  OrderInstance small(backend(), [](Config& config) { config.postgres.pool_size = 2; });
  std::vector<std::thread> stuck;
  std::vector<::grpc::Status> statuses(2);
  ::grpc::Status refused;
  {
    BlockedDatabase blocked(db());
    for (std::size_t i = 0; i < statuses.size(); ++i) {
      stuck.emplace_back([&, i] {
        orders_v1::PlaceOrderResponse response;
        statuses[i] = small.orders().PlaceOrder(test::MakeContext(user_).get(), ATea(), &response);
      });
      // Before the next call, which would otherwise share its transaction.
      EXPECT_TRUE(Eventually([&] { return db().QueryInt(kWaiting) > static_cast<int>(i); },
                             "the call to wait in a session of its own"));
    }
    orders_v1::PlaceOrderResponse response;
    refused =
        small.orders().PlaceOrder(test::MakeContext("other-" + user_).get(), ATea(), &response);
  }
  for (std::thread& caller : stuck) caller.join();
  EXPECT_EQ(refused.error_code(), StatusCode::RESOURCE_EXHAUSTED) << Describe(refused);
  EXPECT_TRUE(DetailsOf(refused).retry_after.has_value());
  EXPECT_EQ(db().QueryInt("SELECT count(*) FROM orders WHERE user_id = 'other-" + user_ + "'"), 0);
  for (const ::grpc::Status& status : statuses) EXPECT_TRUE(status.ok()) << Describe(status);
}

TEST_F(OrderPlacingTest, WhoShutsDownSaysSoForAsLongAsACallIsInFlight) {
  OrderInstance leaving(backend(), [](Config& config) {
    config.postgres.statement_timeout = absl::Minutes(5);
    config.metrics.listen = "127.0.0.1:0";
  });
  const auto ready = [port = leaving.app().metrics_port()] {
    const httplib::Result result = httplib::Client("127.0.0.1", port).Get("/readyz");
    return result ? result->status : 0;
  };
  EXPECT_TRUE(Eventually([&] { return ready() == 200; }, "a ready instance"));
  std::thread caller, shutdown;
  {
    BlockedDatabase blocked(db());
    caller = std::thread([&] {
      orders_v1::PlaceOrderResponse response;
      leaving.orders().PlaceOrder(test::MakeContext(user_).get(), ATea(), &response);
    });
    EXPECT_TRUE(Eventually([&] { return db().QueryInt(kWaiting) > 0; }, "the call to wait"));
    shutdown = std::thread([&] { leaving.app().Shutdown(); });
    EXPECT_TRUE(Eventually([&] { return ready() == 503; }, "an instance that isn't ready"));
  }
  caller.join();
  shutdown.join();
  EXPECT_EQ(ready(), 0) << "the process has ended its work";
}

TEST_F(OrderPlacingTest, ADatabaseThatIsAwayIsUnavailableWithAHintAndComesBack) {
  const auto admin = [](const std::string& sql) {
    pqxx::connection connection(test::TestStack::Get().admin_conninfo);
    pqxx::nontransaction(connection).exec(sql);
  };
  const orders_v1::PlaceOrderRequest request = ATea();
  admin("ALTER DATABASE " + db().name() + " ALLOW_CONNECTIONS false");
  admin(
      "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = 'order_svc' "
      "AND "
      "datname = '" +
      db().name() + "'");
  const ::grpc::Status away = Place(request);
  admin("ALTER DATABASE " + db().name() + " ALLOW_CONNECTIONS true");
  EXPECT_EQ(away.error_code(), StatusCode::UNAVAILABLE) << Describe(away);
  EXPECT_TRUE(DetailsOf(away).retry_after.has_value());
  EXPECT_TRUE(Eventually([&] { return Place(request).ok(); }, "the call to work again"));
  EXPECT_EQ(OrdersOfUser(), 1);
}

}  // namespace
}  // namespace waybill::order_svc
