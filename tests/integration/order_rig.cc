#include "tests/integration/order_rig.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace waybill::order_svc {

std::unique_ptr<OrderBackend> OrderServiceTest::backend_;
std::unique_ptr<OrderInstance> OrderServiceTest::instance_;

OrderInstance::OrderInstance(OrderBackend& backend, const std::function<void(Config&)>& change) {
  Config config;
  config.postgres.conninfo = backend.db.Conninfo("order_svc");
  config.kafka = backend.topics.config();
  if (change) change(config);
  app_ = std::make_unique<App>(config);
  if (const absl::Status status = app_->Start(); !status.ok()) {
    throw std::runtime_error("order_svc doesn't start: " + status.ToString());
  }
  channel_ = test::MakeChannel(address());
  orders_ = orders_v1::OrderService::NewStub(channel_);
  catalog_ = catalog_v1::CatalogService::NewStub(channel_);
}

void OrderServiceTest::SetUpTestSuite() {
  backend_ = std::make_unique<OrderBackend>();
  instance_ = std::make_unique<OrderInstance>(*backend_);
  FillCatalog(*instance_);
}

void OrderServiceTest::TearDownTestSuite() {
  instance_.reset();
  backend_.reset();
}

orders_v1::PlaceOrderRequest OrderServiceTest::ATea(int quantity) const {
  orders_v1::PlaceOrderRequest request;
  request.set_request_id(NewRequestId());
  orders_v1::Item& item = *request.add_items();
  item.set_product_id("tea");
  item.set_quantity(quantity);
  request.set_email("ann@example.com");
  request.set_payment_method("pm_card_visa");
  return request;
}

::grpc::Status OrderServiceTest::Place(const orders_v1::PlaceOrderRequest& request,
                                       orders_v1::PlaceOrderResponse* response,
                                       absl::Duration timeout) {
  orders_v1::PlaceOrderResponse ignored;
  return instance().orders().PlaceOrder(test::MakeContext(user_, timeout).get(), request,
                                        response == nullptr ? &ignored : response);
}

orders_v1::Order OrderServiceTest::Placed(const orders_v1::PlaceOrderRequest& request) {
  orders_v1::PlaceOrderResponse response;
  const ::grpc::Status status = Place(request, &response);
  EXPECT_TRUE(status.ok()) << test::Describe(status);
  return response.order();
}

std::string OrderServiceTest::StateOf(const std::string& order_id) {
  return db().QueryText(
      "SELECT concat_ws(' ', state, cancel_reason) FROM orders WHERE order_id = '" + order_id +
      "'");
}

std::int64_t OrderServiceTest::OrdersOfUser() {
  return db().QueryInt("SELECT count(*) FROM orders WHERE user_id = '" + user_ + "'");
}

std::string NewRequestId() { return Uuid::NewV7().ToString(); }

void FillCatalog(OrderInstance& instance) {
  struct Entry {
    const char* id;
    std::int64_t price;
    const char* currency;
  };
  for (const Entry& entry : {Entry{"tea", 500, "USD"}, {"cup", 900, "USD"}, {"sake", 700, "JPY"}}) {
    catalog_v1::UpsertProductRequest request;
    request.set_request_id(NewRequestId());
    request.mutable_product()->set_product_id(entry.id);
    request.mutable_product()->set_name(std::string("Fine ") + entry.id);
    request.mutable_product()->mutable_unit_price()->set_minor_units(entry.price);
    request.mutable_product()->mutable_unit_price()->set_currency_code(entry.currency);
    catalog_v1::UpsertProductResponse response;
    const ::grpc::Status status =
        instance.catalog().UpsertProduct(test::MakeContext("clerk").get(), request, &response);
    if (!status.ok()) throw std::runtime_error("UpsertProduct: " + test::Describe(status));
  }
}

test::Record SagaEventRecord(const std::string& topic, const std::string& name,
                             const std::string& order_id,
                             const std::map<std::string, std::string>& fields) {
  nlohmann::json body = fields;
  body["event"] = name;
  body["orderId"] = order_id;
  return {.topic = topic,
          .key = order_id,
          .payload = body.dump(),
          .headers = {{"ce_specversion", "1.0"},
                      {"ce_id", Uuid::NewV7().ToString()},
                      {"ce_type", "waybill.events.v1." + name},
                      {"ce_source", "test"},
                      {"ce_sequence", "1"},
                      {"content-type", "application/json"}}};
}

}  // namespace waybill::order_svc
