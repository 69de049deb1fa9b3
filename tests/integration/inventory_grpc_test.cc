#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "inventory_svc/application/apply_events.h"
#include "inventory_svc/transport/events.h"
#include "inventory_svc/transport/inventory_handlers.h"
#include "platform/audit/operator_call_store.h"
#include "platform/grpc/server.h"
#include "platform/postgres/pool.h"
#include "platform/postgres/unit_of_work.h"
#include "tests/support/grpc_client.h"
#include "tests/support/test_database.h"

namespace waybill::inventory_svc {
namespace {

using ::grpc::StatusCode;

namespace v1 = ::waybill::inventory::v1;

const char kId[] = "0190f3a4-1111-7000-8000-000000000001";

class InventoryGrpcTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const absl::Status started = server_.Start();
    ASSERT_TRUE(started.ok()) << started;
    stub_ = v1::InventoryService::NewStub(
        test::MakeChannel("127.0.0.1:" + std::to_string(server_.port())));
  }
  void TearDown() override {
    server_.Shutdown(absl::Seconds(1));
    executor_.Shutdown();
  }

  ::grpc::Status Set(const std::string& request_id, const std::string& product,
                     std::int64_t on_hand, v1::Stock* stock = nullptr,
                     const std::string& user = "stock-keeper") {
    v1::SetStockRequest request;
    request.set_request_id(request_id);
    request.set_product_id(product);
    request.set_on_hand(on_hand);
    v1::SetStockResponse response;
    const auto context = test::MakeContext(user);
    const ::grpc::Status status = stub_->SetStock(context.get(), request, &response);
    if (stock != nullptr) *stock = response.stock();
    return status;
  }
  ::grpc::Status Get(const std::string& product, v1::Stock* stock = nullptr) {
    v1::GetStockRequest request;
    request.set_product_id(product);
    v1::GetStockResponse response;
    const auto context = test::MakeContext("anyone");
    const ::grpc::Status status = stub_->GetStock(context.get(), request, &response);
    if (stock != nullptr) *stock = response.stock();
    return status;
  }

  // An order of two cups, of which two are on hand, in that state.
  std::string Reserved(const std::string& state = "RESERVED", bool confirmed = true) {
    const std::string order = OrderId::New().ToString();
    db_.Exec(
        "INSERT INTO reservations (order_id, state, items_known, payment_confirmed, "
        "order_confirmed, event_sequence) VALUES ('" +
        order + "', '" + state + "', true, true, " + (confirmed ? "true" : "false") +
        ", 1); INSERT INTO reservation_items VALUES ('" + order +
        "', 'cup', 2); INSERT INTO stock VALUES ('cup', 2, 2) ON CONFLICT DO NOTHING");
    return order;
  }
  ::grpc::Status Ship(const std::string& order, v1::ShipOrderResponse* response = nullptr,
                      const std::string& request_id = RequestId::New().ToString(),
                      const std::string& role = "operator") {
    v1::ShipOrderRequest request;
    request.set_request_id(request_id);
    request.set_order_id(order);
    v1::ShipOrderResponse ignored;
    const auto context = test::MakeContext("stock-keeper");
    if (!role.empty()) context->AddMetadata("x-user-role", role);
    return stub_->ShipOrder(context.get(), request, response == nullptr ? &ignored : response);
  }

  test::TestDatabase db_{"inventory"};
  postgres::Pool pool_{{.conninfo = db_.Conninfo("inventory_svc")}, "test"};
  const UnitOfWork unit_of_work_{pool_, &Encode};
  GetStock get_stock_{unit_of_work_};
  SetStock set_stock_{unit_of_work_};
  ShipOrder ship_order_{unit_of_work_};
  metrics::Registry registry_;
  grpc::CallerLimits limits_{{}, registry_};
  Executor executor_{4, 16};
  auth::Authenticator authenticator_{auth::AuthConfig{}};
  audit::OperatorCallStore trail_{pool_};
  grpc::Door door_{executor_, authenticator_, limits_, trail_};
  InventoryHandlers handlers_{door_, get_stock_, set_stock_, ship_order_};
  grpc::Server server_{{.listen = "127.0.0.1:0"}, {&handlers_}};
  std::unique_ptr<v1::InventoryService::Stub> stub_;
};

TEST_F(InventoryGrpcTest, WhatWasSetIsRead) {
  db_.Exec("INSERT INTO stock VALUES ('cup', 5, 3)");
  v1::Stock stock;

  const ::grpc::Status set = Set(kId, "cup", 9, &stock);
  ASSERT_TRUE(set.ok()) << test::Describe(set);
  EXPECT_EQ(stock.on_hand(), 9);
  EXPECT_EQ(stock.reserved(), 3);
  EXPECT_EQ(stock.available(), 6);

  const ::grpc::Status get = Get("cup", &stock);
  ASSERT_TRUE(get.ok()) << test::Describe(get);
  EXPECT_EQ(stock.product_id(), "cup");
  EXPECT_EQ(stock.on_hand(), 9);
  EXPECT_EQ(stock.reserved(), 3);
  EXPECT_EQ(stock.available(), 6);
}

TEST_F(InventoryGrpcTest, RefusalsHaveTheirCodeAndReason) {
  db_.Exec("INSERT INTO stock VALUES ('cup', 5, 3)");

  ::grpc::Status status = Set(kId, "cup", 2);
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(test::DetailsOf(status).reason, "BELOW_RESERVED");

  ASSERT_TRUE(Set(kId, "cup", 4).ok());
  status = Set(kId, "cup", 5);
  EXPECT_EQ(status.error_code(), StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(test::DetailsOf(status).reason, "REQUEST_ID_REUSED");

  status = Get("pot");
  EXPECT_EQ(status.error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(test::DetailsOf(status).reason, "STOCK_NOT_FOUND");

  status = Set(kId, "cup", 4, nullptr, "");
  EXPECT_EQ(status.error_code(), StatusCode::UNAUTHENTICATED);
}

TEST_F(InventoryGrpcTest, EveryBadFieldIsNamedAndNothingIsWritten) {
  ::grpc::Status status = Set("7", "a b", -1);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(test::DetailsOf(status).Violates("request_id"));
  EXPECT_TRUE(test::DetailsOf(status).Violates("product_id"));
  EXPECT_TRUE(test::DetailsOf(status).Violates("on_hand"));

  EXPECT_TRUE(test::DetailsOf(Set(kId, "cup", 1'000'000'001)).Violates("on_hand"));
  EXPECT_TRUE(test::DetailsOf(Set("", "cup", 1)).Violates("request_id"));
  EXPECT_TRUE(test::DetailsOf(Set(kId, std::string(65, 'a'), 1)).Violates("product_id"));
  EXPECT_TRUE(test::DetailsOf(Set(kId, "cup\r\n", 1)).Violates("product_id"));
  EXPECT_TRUE(test::DetailsOf(Get("")).Violates("product_id"));

  EXPECT_EQ(
      db_.QueryInt("SELECT (SELECT count(*) FROM stock) + (SELECT count(*) FROM request_keys)"), 0);
  EXPECT_TRUE(Set(kId, std::string(64, 'a'), 1'000'000'000).ok());
}

TEST_F(InventoryGrpcTest, WhatWasSoldAndShippedNoLongerCountsAndNewOnesCanBeSet) {
  const std::string order = Reserved();
  EXPECT_EQ(test::DetailsOf(Set(kId, "cup", 0)).reason, "BELOW_RESERVED");
  v1::ShipOrderResponse shipped;
  ::grpc::Status status = Ship(order, &shipped);
  ASSERT_TRUE(status.ok()) << test::Describe(status);
  EXPECT_EQ(shipped.order_id(), order);
  ASSERT_EQ(shipped.items_size(), 1);
  EXPECT_EQ(shipped.items(0).product_id(), "cup");
  EXPECT_EQ(shipped.items(0).quantity(), 2);
  EXPECT_GT(shipped.ship_time().seconds(), 0);
  v1::Stock stock;
  ASSERT_TRUE(Get("cup", &stock).ok());
  EXPECT_EQ(stock.on_hand(), 0);
  EXPECT_EQ(stock.reserved(), 0);
  ASSERT_TRUE(Set(kId, "cup", 3, &stock).ok());
  EXPECT_EQ(stock.available(), 3);
  EXPECT_EQ(db_.QueryText("SELECT headers ->> 'ce_type' || '/' || sequence FROM outbox"),
            "waybill.events.v1.OrderShipped/2");
}

TEST_F(InventoryGrpcTest, ShippingTwiceShipsOnce) {
  const std::string order = Reserved();
  const std::string request_id = RequestId::New().ToString();
  v1::ShipOrderResponse first, again, other;
  ASSERT_TRUE(Ship(order, &first, request_id).ok());
  ASSERT_TRUE(Ship(order, &again, request_id).ok());
  ASSERT_TRUE(Ship(order, &other).ok());
  EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());
  EXPECT_EQ(first.SerializeAsString(), other.SerializeAsString());
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM outbox"), 1);
  EXPECT_EQ(test::DetailsOf(Ship(Reserved(), nullptr, request_id)).reason, "REQUEST_ID_REUSED");
}

TEST_F(InventoryGrpcTest, WhatIsNotReservedForAConfirmedOrderIsNotShipped) {
  const auto reason = [](const ::grpc::Status& status) { return test::DetailsOf(status).reason; };
  EXPECT_EQ(reason(Ship(Reserved("RESERVED", false))), "ORDER_NOT_CONFIRMED");
  EXPECT_EQ(reason(Ship(Reserved("RELEASED"))), "ORDER_CANCELLED");
  EXPECT_EQ(reason(Ship(Reserved("REJECTED"))), "NOT_RESERVED");
  const std::int64_t rows = db_.QueryInt("SELECT count(*) FROM reservations");
  const ::grpc::Status unknown = Ship(OrderId::New().ToString());
  EXPECT_EQ(unknown.error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(reason(unknown), "RESERVATION_NOT_FOUND");
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM reservations"), rows) << "a row was left behind";
  EXPECT_EQ(Ship(Reserved(), nullptr, RequestId::New().ToString(), "").error_code(),
            StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(test::DetailsOf(Ship("7")).Violates("order_id"));
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM outbox"), 0);
}

TEST_F(InventoryGrpcTest, TheServiceCanAddToItsOperatorsTrailAndNotChangeIt) {
  const std::string order = Reserved();
  EXPECT_TRUE(Ship(order).ok());
  EXPECT_FALSE(Ship(OrderId::New().ToString()).ok());
  const std::string calls =
      "SELECT caller, method, subject LIKE '%order_id=" + order +
      "', outcome FROM operator_calls JOIN operator_call_ends USING (call_id) ORDER BY begun_at";
  const std::vector<std::vector<std::string>> kept = db_.QueryRows(calls);
  EXPECT_THAT(kept,
              ::testing::ElementsAre(
                  ::testing::ElementsAre("stock-keeper", "InventoryService.ShipOrder", "t", "OK"),
                  ::testing::ElementsAre("stock-keeper", "InventoryService.ShipOrder", "f",
                                         "NOT_FOUND (RESERVATION_NOT_FOUND)")));
  for (const char* table : {"operator_calls", "operator_call_ends"}) {
    for (const char* verb : {"UPDATE", "DELETE", "TRUNCATE"}) {
      EXPECT_EQ(db_.QueryText(absl::StrCat("SELECT has_table_privilege('inventory_svc', '", table,
                                           "', '", verb, "')")),
                "f");
    }
  }
  // What is young stays, whatever the service asks for.
  const auto retire = [&] {
    std::int64_t retired = 0;
    EXPECT_TRUE(postgres::RunTransaction(
                    pool_, {.name = "retire", .deadline = absl::Now() + absl::Seconds(10)},
                    [&](postgres::Transaction& tx) {
                      retired = audit::RetireOperatorCalls(
                          tx, {.before = absl::Now() + absl::Hours(1), .limit = 10});
                      return absl::OkStatus();
                    })
                    .ok());
    return retired;
  };
  EXPECT_EQ(retire(), 0);
  db_.Exec("UPDATE operator_calls SET begun_at = now() - interval '31 days' WHERE subject LIKE '%" +
           order + "'");
  EXPECT_EQ(retire(), 1);
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM operator_call_ends"), 1);
}

TEST_F(InventoryGrpcTest, AShipmentThatMeetsItsCancellationTakesTheUnitsOrLeavesThem) {
  for (int i = 0; i < 20; ++i) {
    db_.Exec("DELETE FROM stock");
    const std::string order = Reserved();
    bool shipped = false;
    std::thread shipper([&] { shipped = Ship(order).ok(); });
    const absl::Status cancelled =
        unit_of_work_.Run("cancel", absl::Now() + absl::Seconds(10), [&](Stores& stores) {
          TracedOrderNews news;
          news.event.kind = OrderNews::Kind::kCancelled;
          news.event.order = *OrderId::Parse(order);
          news.trace = TraceContext::NewRoot();
          return ApplyEvents().Run(stores, {&news, 1}).status();
        });
    shipper.join();
    ASSERT_TRUE(cancelled.ok()) << cancelled;
    EXPECT_EQ(db_.QueryText("SELECT state FROM reservations WHERE order_id = '" + order + "'"),
              shipped ? "SHIPPED" : "RELEASED");
    EXPECT_EQ(db_.QueryText("SELECT on_hand || ' ' || reserved FROM stock"),
              shipped ? "0 0" : "2 0");
    EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM outbox WHERE key = '" + order + "'"), 1);
  }
}

}  // namespace
}  // namespace waybill::inventory_svc
