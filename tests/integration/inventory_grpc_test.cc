#include <gtest/gtest.h>

#include "inventory_svc/transport/events.h"
#include "inventory_svc/transport/inventory_handlers.h"
#include "platform/grpc/server.h"
#include "platform/postgres/pool.h"
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

  test::TestDatabase db_{"inventory"};
  postgres::Pool pool_{{.conninfo = db_.Conninfo("inventory_svc")}, "test"};
  const UnitOfWork unit_of_work_{pool_, &Encode};
  GetStock get_stock_{unit_of_work_};
  SetStock set_stock_{unit_of_work_};
  Executor executor_{4, 16};
  InventoryHandlers handlers_{executor_, get_stock_, set_stock_};
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

}  // namespace
}  // namespace waybill::inventory_svc
