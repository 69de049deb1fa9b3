// Calls Waybill's public API, as a customer and a shopkeeper do.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "tests/e2e/system.h"
#include "waybill/catalog/v1/catalog_service.grpc.pb.h"
#include "waybill/inventory/v1/inventory_service.grpc.pb.h"
#include "waybill/orders/v1/order_service.grpc.pb.h"

namespace waybill::e2e {

namespace orders_v1 = ::waybill::orders::v1;

// Payment methods of the sandbox.
inline constexpr char kGoodCard[] = "pm_card_visa";
inline constexpr char kDeclinedCard[] = "pm_card_visa_chargeDeclined";

std::string NewRequestId();

// An order that a customer wants to place.
struct Purchase {
  std::vector<std::pair<std::string, int>> items;
  std::string payment_method = kGoodCard;
  std::string user = "ann";
  std::string email = "ann@example.com";
  std::string request_id = NewRequestId();
  std::string traceparent = {};
};

// The system outlives it. A call that fails throws std::runtime_error with the status, unless it
// returns the status. Thread-safe.
class Shop {
 public:
  explicit Shop(const System& system);

  // Adds a product to the catalog and sets its stock.
  void Stock(const std::string& product, std::int64_t price_minor, std::int64_t units);

  // Makes one call.
  ::grpc::Status TryPlace(const Purchase& purchase, orders_v1::Order& order,
                          absl::Duration timeout = absl::Seconds(5));
  // Retries like a client until there is an answer: calls again with the same request_id whenever
  // the answer leaves open whether the order exists. Throws after `patience`.
  orders_v1::Order Place(const Purchase& purchase, absl::Duration patience = absl::Seconds(60));
  // Places all of them at the same time, each as Place does; returns the orders in the order of the
  // purchases.
  std::vector<orders_v1::Order> PlaceAll(const std::vector<Purchase>& purchases,
                                         absl::Duration patience = absl::Seconds(60));
  orders_v1::Order Get(const std::string& order_id, const std::string& user = "ann");
  ::grpc::Status Cancel(const std::string& order_id, const std::string& user = "ann");
  // As an operator: refunds so much of the order, or so many units of a product.
  ::grpc::Status Refund(const std::string& order_id, std::int64_t minor_units,
                        const std::string& request_id = NewRequestId());
  ::grpc::Status RefundItem(const std::string& order_id, const std::string& product, int quantity);
  // Retries until there is an answer, as Place does; throws if it is an error.
  void MustRefund(const std::string& order_id, std::int64_t minor_units,
                  absl::Duration patience = absl::Seconds(60));
  // As an operator.
  ::grpc::Status Ship(const std::string& order_id);
  // Sets the units on hand.
  ::grpc::Status SetStock(const std::string& product, std::int64_t units);
  // Makes one WatchOrder call; passes on each state that it streams, from the calling thread.
  ::grpc::Status TryWatch(const std::string& order_id,
                          const std::function<void(orders_v1::OrderState)>& on_state,
                          absl::Duration timeout, const std::string& user = "ann");
  // Returns the states that WatchOrder streams until it ends.
  std::vector<orders_v1::OrderState> Watch(const std::string& order_id,
                                           const std::string& user = "ann");

  // Stocks 1,000 of "tea" at 7.90 EUR and places two orders for one of it each. Returns the one that is
  // CONFIRMED and the one that is CANCELLED because its card was declined, as soon as they are.
  struct Ended {
    std::string confirmed;
    std::string cancelled;
  };
  Ended PlaceOneOfEachEnd();

  // Waits until the order is in that state; on a time-out, throws with the state that it is in.
  orders_v1::Order WaitFor(const std::string& order_id, orders_v1::OrderState state,
                           absl::Duration patience = absl::Seconds(30));

 private:
  struct AsyncCall;

  ::grpc::Status Refund(const orders_v1::RefundOrderRequest& request);

  const Doors& doors_;
  std::unique_ptr<orders_v1::OrderService::Stub> orders_;
  std::unique_ptr<catalog::v1::CatalogService::Stub> catalog_;
  std::unique_ptr<inventory::v1::InventoryService::Stub> inventory_;
};

orders_v1::PlaceOrderRequest RequestFor(const Purchase& purchase);

// Makes the payment sandbox fail (tools/payment_sandbox/fault_rules.h).
class Sandbox {
 public:
  explicit Sandbox(const System& system) : url_("http://" + system.Address(kSandbox)) {}

  // Requests a fault for the next `count` calls of an operation, or only for those about one order.
  // mode: error, hang, late, reset or busy; operation: authorize, capture, cancel, refund or lookup.
  void OrderFault(const std::string& mode, const std::string& operation, absl::Duration delay,
                  const std::string& order_id = "", int count = 1) const;
  void ForgetFaults() const;

  struct Totals {
    std::int64_t held = 0;
    std::int64_t captured = 0;
    std::int64_t refunded = 0;
    std::int64_t intents = 0;
  };
  // Returns the sums over all orders, or those of one.
  Totals Ledger(const std::string& order_id = "") const;

 private:
  const std::string url_;
};

}  // namespace waybill::e2e
