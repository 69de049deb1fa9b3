#include "tests/e2e/shop.h"

#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "absl/time/clock.h"
#include "platform/types/uuid.h"
#include "tests/e2e/http.h"
#include "tests/support/grpc_client.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

void Must(const ::grpc::Status& status, const std::string& what) {
  if (!status.ok()) throw std::runtime_error(what + ": " + test::Describe(status));
}

// Whether the answer leaves open if the order exists, so that a retry with the same request_id can
// help.
bool LeavesItOpen(const ::grpc::Status& status) {
  switch (status.error_code()) {
    case ::grpc::StatusCode::UNAVAILABLE:
    case ::grpc::StatusCode::UNKNOWN:
    case ::grpc::StatusCode::DEADLINE_EXCEEDED:
    case ::grpc::StatusCode::RESOURCE_EXHAUSTED:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string NewRequestId() { return Uuid::NewV7().ToString(); }

orders_v1::PlaceOrderRequest RequestFor(const Purchase& purchase) {
  orders_v1::PlaceOrderRequest request;
  request.set_request_id(purchase.request_id);
  request.set_email(purchase.email);
  request.set_payment_method(purchase.payment_method);
  for (const auto& [product, quantity] : purchase.items) {
    orders_v1::Item& item = *request.add_items();
    item.set_product_id(product);
    item.set_quantity(quantity);
  }
  return request;
}

Shop::Shop(const System& system)
    : doors_(system.doors()),
      orders_(orders_v1::OrderService::NewStub(system.Channel(kOrderSvc))),
      catalog_(catalog::v1::CatalogService::NewStub(system.Channel(kOrderSvc))),
      inventory_(inventory::v1::InventoryService::NewStub(system.Channel(kInventorySvc))) {}

void Shop::Stock(const std::string& product, std::int64_t price_minor, std::int64_t units) {
  catalog::v1::UpsertProductRequest upsert;
  upsert.set_request_id(NewRequestId());
  upsert.mutable_product()->set_product_id(product);
  upsert.mutable_product()->set_name("The " + product);
  upsert.mutable_product()->mutable_unit_price()->set_currency_code("EUR");
  upsert.mutable_product()->mutable_unit_price()->set_minor_units(price_minor);
  catalog::v1::UpsertProductResponse upserted;
  Must(catalog_->UpsertProduct(doors_.MakeContext({.user = "keeper", .role = "operator"}).get(),
                               upsert, &upserted),
       "UpsertProduct");

  Must(SetStock(product, units), "SetStock");
}

::grpc::Status Shop::SetStock(const std::string& product, std::int64_t units) {
  inventory::v1::SetStockRequest set;
  set.set_request_id(NewRequestId());
  set.set_product_id(product);
  set.set_on_hand(units);
  inventory::v1::SetStockResponse stock;
  return inventory_->SetStock(doors_.MakeContext({.user = "keeper", .role = "operator"}).get(), set,
                              &stock);
}

::grpc::Status Shop::Ship(const std::string& order_id) {
  inventory::v1::ShipOrderRequest request;
  request.set_request_id(NewRequestId());
  request.set_order_id(order_id);
  const auto context =
      doors_.MakeContext({.user = "keeper", .role = "operator", .timeout = absl::Seconds(5)});
  inventory::v1::ShipOrderResponse response;
  return inventory_->ShipOrder(context.get(), request, &response);
}

::grpc::Status Shop::TryPlace(const Purchase& purchase, orders_v1::Order& order,
                              absl::Duration timeout) {
  orders_v1::PlaceOrderResponse response;
  const auto context = doors_.MakeContext(
      {.user = purchase.user, .timeout = timeout, .traceparent = purchase.traceparent});
  const ::grpc::Status status = orders_->PlaceOrder(context.get(), RequestFor(purchase), &response);
  order = response.order();
  return status;
}

orders_v1::Order Shop::Place(const Purchase& purchase, absl::Duration patience) {
  orders_v1::Order order;
  ::grpc::Status status;
  const auto answered = [&] {
    status = TryPlace(purchase, order);
    return !LeavesItOpen(status);
  };
  const auto result = test::Eventually(answered, "an answer to PlaceOrder", patience);
  if (!result)
    throw std::runtime_error(std::string(result.message()) + "; " + test::Describe(status));
  Must(status, "PlaceOrder");
  return order;
}

struct Shop::AsyncCall {
  AsyncCall(const Doors& doors, const Purchase& purchase)
      : request(RequestFor(purchase)), context(doors.MakeContext({.user = purchase.user})) {}

  orders_v1::PlaceOrderRequest request;
  std::unique_ptr<::grpc::ClientContext> context;
  orders_v1::PlaceOrderResponse response;
  std::promise<::grpc::Status> status;
};

std::vector<orders_v1::Order> Shop::PlaceAll(const std::vector<Purchase>& purchases,
                                             absl::Duration patience) {
  std::vector<orders_v1::Order> orders(purchases.size());
  std::map<std::size_t, ::grpc::Status> open;
  for (std::size_t i = 0; i < purchases.size(); ++i) open[i] = ::grpc::Status();
  const auto round = [&] {
    std::map<std::size_t, AsyncCall> calls;
    for (const auto& [i, status] : open) {
      AsyncCall& call = calls.try_emplace(i, doors_, purchases[i]).first->second;
      orders_->async()->PlaceOrder(
          call.context.get(), &call.request, &call.response,
          [&call](::grpc::Status result) { call.status.set_value(result); });
    }
    for (auto& [i, call] : calls) {
      open[i] = call.status.get_future().get();
      orders[i] = call.response.order();
      if (open[i].ok()) open.erase(i);
    }
    for (const auto& [i, status] : open) {
      if (!LeavesItOpen(status)) throw std::runtime_error("PlaceOrder: " + test::Describe(status));
    }
    return open.empty();
  };
  test::WaitUntil(round, "answers to all calls", patience);
  return orders;
}

orders_v1::Order Shop::Get(const std::string& order_id, const std::string& user) {
  orders_v1::GetOrderRequest request;
  request.set_order_id(order_id);
  orders_v1::GetOrderResponse response;
  Must(orders_->GetOrder(doors_.MakeContext({.user = user}).get(), request, &response), "GetOrder");
  return response.order();
}

::grpc::Status Shop::Cancel(const std::string& order_id, const std::string& user) {
  orders_v1::CancelOrderRequest request;
  request.set_request_id(NewRequestId());
  request.set_order_id(order_id);
  orders_v1::CancelOrderResponse response;
  return orders_->CancelOrder(doors_.MakeContext({.user = user}).get(), request, &response);
}

::grpc::Status Shop::Refund(const std::string& order_id, std::int64_t minor_units,
                            const std::string& request_id) {
  orders_v1::RefundOrderRequest request;
  request.set_request_id(request_id);
  request.set_order_id(order_id);
  request.mutable_amount()->set_currency_code("EUR");
  request.mutable_amount()->set_minor_units(minor_units);
  return Refund(request);
}

::grpc::Status Shop::RefundItem(const std::string& order_id, const std::string& product,
                                int quantity) {
  orders_v1::RefundOrderRequest request;
  request.set_request_id(NewRequestId());
  request.set_order_id(order_id);
  request.add_items()->set_product_id(product);
  request.mutable_items(0)->set_quantity(quantity);
  return Refund(request);
}

::grpc::Status Shop::Refund(const orders_v1::RefundOrderRequest& request) {
  const auto context =
      doors_.MakeContext({.user = "keeper", .role = "operator", .timeout = absl::Seconds(5)});
  orders_v1::RefundOrderResponse response;
  return orders_->RefundOrder(context.get(), request, &response);
}

void Shop::MustRefund(const std::string& order_id, std::int64_t minor_units,
                      absl::Duration patience) {
  const std::string request_id = NewRequestId();
  ::grpc::Status status;
  const auto result = test::Eventually(
      [&] {
        status = Refund(order_id, minor_units, request_id);
        return !LeavesItOpen(status);
      },
      "an answer to RefundOrder", patience);
  if (!result) {
    throw std::runtime_error(std::string(result.message()) + "; " + test::Describe(status));
  }
  Must(status, "RefundOrder");
}

::grpc::Status Shop::TryWatch(const std::string& order_id,
                              const std::function<void(orders_v1::OrderState)>& on_state,
                              absl::Duration timeout, const std::string& user) {
  orders_v1::WatchOrderRequest request;
  request.set_order_id(order_id);
  const auto context = doors_.MakeContext({.user = user, .timeout = timeout});
  const auto stream = orders_->WatchOrder(context.get(), request);
  for (orders_v1::WatchOrderResponse change; stream->Read(&change);) on_state(change.state());
  return stream->Finish();
}

std::vector<orders_v1::OrderState> Shop::Watch(const std::string& order_id,
                                               const std::string& user) {
  std::vector<orders_v1::OrderState> states;
  Must(TryWatch(
           order_id, [&](orders_v1::OrderState state) { states.push_back(state); },
           absl::Seconds(30), user),
       "WatchOrder");
  return states;
}

Shop::Ended Shop::PlaceOneOfEachEnd() {
  Stock("tea", 790, 1000);
  const Ended ended{
      .confirmed = Place({.items = {{"tea", 1}}}).order_id(),
      .cancelled = Place({.items = {{"tea", 1}}, .payment_method = kDeclinedCard}).order_id()};
  WaitFor(ended.confirmed, orders_v1::ORDER_STATE_CONFIRMED);
  WaitFor(ended.cancelled, orders_v1::ORDER_STATE_CANCELLED);
  return ended;
}

orders_v1::Order Shop::WaitFor(const std::string& order_id, orders_v1::OrderState state,
                               absl::Duration patience) {
  orders_v1::Order order;
  const auto result = test::Eventually(
      [&] {
        order = Get(order_id);
        return order.state() == state;
      },
      "order " + order_id + " to be " + orders_v1::OrderState_Name(state), patience);
  if (!result) {
    throw std::runtime_error(std::string(result.message()) + "; it is " +
                             orders_v1::OrderState_Name(order.state()));
  }
  return order;
}

void Sandbox::OrderFault(const std::string& mode, const std::string& operation,
                         absl::Duration delay, const std::string& order_id, int count) const {
  HttpPost(url_ + "/admin/faults", nlohmann::json({{"mode", mode},
                                                   {"operation", operation},
                                                   {"delay_ms", absl::ToInt64Milliseconds(delay)},
                                                   {"order_id", order_id},
                                                   {"count", count}})
                                       .dump());
}

void Sandbox::ForgetFaults() const { HttpPost(url_ + "/admin/faults", R"({"mode":"none"})"); }

Sandbox::Totals Sandbox::Ledger(const std::string& order_id) const {
  const std::string query = order_id.empty() ? "" : "?order_id=" + order_id;
  const nlohmann::json json = nlohmann::json::parse(HttpGet(url_ + "/admin/ledger" + query));
  return {.held = json.at("held"),
          .captured = json.at("captured"),
          .refunded = json.at("refunded"),
          .intents = json.at("intents")};
}

}  // namespace waybill::e2e
