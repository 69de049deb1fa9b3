// order_svc in this process, over a database and topics of the test's own, called as a client calls
// it.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "order_svc/app.h"
#include "platform/types/uuid.h"
#include "tests/support/grpc_client.h"
#include "tests/support/test_database.h"
#include "tests/support/test_topics.h"
#include "tests/support/wait.h"
#include "waybill/catalog/v1/catalog_service.grpc.pb.h"
#include "waybill/orders/v1/order_service.grpc.pb.h"

namespace waybill::order_svc {

namespace orders_v1 = ::waybill::orders::v1;
namespace catalog_v1 = ::waybill::catalog::v1;

// The same for every instance of one test.
struct OrderBackend {
  OrderBackend() { topics.CreateAll(); }
  test::TestDatabase db{"orders"};
  test::TestTopics topics;
};

// One running instance. `change` may alter its configuration before it is wired.
class OrderInstance {
 public:
  explicit OrderInstance(OrderBackend& backend, const std::function<void(Config&)>& change = {});

  App& app() { return *app_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(app_->port()); }
  orders_v1::OrderService::Stub& orders() { return *orders_; }
  catalog_v1::CatalogService::Stub& catalog() { return *catalog_; }

 private:
  std::unique_ptr<App> app_;
  std::shared_ptr<::grpc::Channel> channel_;
  std::unique_ptr<orders_v1::OrderService::Stub> orders_;
  std::unique_ptr<catalog_v1::CatalogService::Stub> catalog_;
};

// A fixture with one backend and one instance for all tests of the suite; each test has a user of
// its own.
class OrderServiceTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();

  OrderBackend& backend() { return *backend_; }
  test::TestDatabase& db() { return backend_->db; }
  OrderInstance& instance() { return *instance_; }

  // Product "tea" at 5.00 USD, "cup" at 9.00 USD and "sake" at 700 JPY are in the catalog.
  orders_v1::PlaceOrderRequest ATea(int quantity = 1) const;
  ::grpc::Status Place(const orders_v1::PlaceOrderRequest& request,
                       orders_v1::PlaceOrderResponse* response = nullptr,
                       absl::Duration timeout = absl::Seconds(20));
  // Places it; the test fails if that doesn't work.
  orders_v1::Order Placed(const orders_v1::PlaceOrderRequest& request);
  std::string StateOf(const std::string& order_id);
  std::int64_t OrdersOfUser();

  const std::string user_ = "user-" + Uuid::NewV7().ToString();

 private:
  static std::unique_ptr<OrderBackend> backend_;
  static std::unique_ptr<OrderInstance> instance_;
};

std::string NewRequestId();
// Puts tea, cup and sake into the catalog.
void FillCatalog(OrderInstance& instance);
// An event of another service, as it comes from the topic.
test::Record SagaEventRecord(const std::string& topic, const std::string& name,
                             const std::string& order_id,
                             const std::map<std::string, std::string>& fields = {});

}  // namespace waybill::order_svc
