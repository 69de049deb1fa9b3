// Events as order_svc writes and reads them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "order_svc/transport/events.h"

namespace waybill::order_svc {
namespace {

const absl::Time kNow = absl::FromUnixMicros(1'700'000'000'123'456);

Order PlacedOrder() {
  return *Order::Place({.user = UserId("ann"),
                        .email = EmailAddress("ann@example.com"),
                        .payment_method = "pm_card_visa",
                        .lines = {{Sku("tea"), "Tea", 2, {500, "USD"}}},
                        .placed_at = kNow,
                        .deadline_at = kNow});
}

nlohmann::json BodyOf(const Order& order, const OrderEvent& event) {
  const events::OutgoingEvent out = Encode(order.data(), event, TraceContext::NewRoot());
  EXPECT_EQ(out.key, order.data().id.ToString());
  EXPECT_EQ(out.sequence, event.sequence);
  EXPECT_EQ(out.source, "order_svc");
  EXPECT_EQ(out.topic, "orders.events");
  return nlohmann::json::parse(out.payload);
}

TEST(OrderEvents, OrderPlacedReadsAsInTheContract) {
  const Order order = PlacedOrder();
  const auto expected = nlohmann::json::parse(R"({
      "event": "OrderPlaced", "userId": "ann", "items": [{"productId": "tea", "quantity": 2}],
      "amountMinor": "1000", "currency": "USD", "paymentMethod": "pm_card_visa",
      "placedAt": "2023-11-14T22:13:20.123Z"})");
  nlohmann::json body = BodyOf(order, order.events()[0]);
  EXPECT_EQ(body["orderId"], order.data().id.ToString());
  body.erase("orderId");
  EXPECT_EQ(body, expected);
}

TEST(OrderEvents, OrderConfirmedCarriesTheAddressAndWhatWasBought) {
  Order order = PlacedOrder();
  order.OnPaymentConfirmed(PaymentId::New(), kNow);
  order.OnItemsReserved(kNow);
  order.OnPaymentCaptured(kNow);
  const auto expected = nlohmann::json::parse(R"({
      "event": "OrderConfirmed", "userId": "ann", "email": "ann@example.com",
      "items": [{"productId": "tea", "productName": "Tea", "quantity": 2, "unitPriceMinor": "500"}],
      "amountMinor": "1000", "currency": "USD", "confirmedAt": "2023-11-14T22:13:20.123456Z"})");
  nlohmann::json body = BodyOf(order, order.events()[1]);
  body.erase("orderId");
  EXPECT_EQ(body, expected);
}

TEST(OrderEvents, OrderCancelledSaysWhy) {
  Order order = PlacedOrder();
  order.OnItemsRejected(kNow);
  const nlohmann::json body = BodyOf(order, order.events()[1]);
  EXPECT_EQ(body["event"], "OrderCancelled");
  EXPECT_EQ(body["reason"], "OUT_OF_STOCK");
  EXPECT_EQ(body["email"], "ann@example.com");
}

constexpr char kOrder[] = "0190b0b0-1111-7222-8333-444455556666";

absl::StatusOr<SagaEvent> Decode(const std::string& type, const std::string& payload) {
  return events::Decode(EventDecoders(), {.id = EventId::New(),
                                          .topic = "payments.events",
                                          .type = "waybill.events.v1." + type,
                                          .key = kOrder,
                                          .trace = TraceContext::NewRoot(),
                                          .payload = payload});
}

TEST(OrderSagaEvents, AnEventReadsAsInTheContractAndUnknownFieldsAreIgnored) {
  const auto confirmed = Decode("PaymentProcessed",
                                R"({"event":"PaymentProcessed","orderId":")" + std::string(kOrder) +
                                    R"(","paymentStatus":"confirmed","paymentId":")" + kOrder +
                                    R"(","new":[1,{"a":null}]})");
  ASSERT_TRUE(confirmed.ok()) << confirmed.status();
  EXPECT_EQ(confirmed->order.ToString(), kOrder);
  ASSERT_TRUE(std::holds_alternative<PaymentConfirmed>(confirmed->what));
  EXPECT_EQ(std::get<PaymentConfirmed>(confirmed->what).payment.ToString(), kOrder);

  const auto reserved =
      Decode("InventoryUpdated", R"({"event":"InventoryUpdated","orderId":")" +
                                     std::string(kOrder) + R"(","status":"items reserved"})");
  ASSERT_TRUE(reserved.ok()) << reserved.status();
  EXPECT_TRUE(std::holds_alternative<ItemsReserved>(reserved->what));
}

TEST(OrderSagaEvents, AnEventOfAnotherOrderThanItsKeyNamesIsRefused) {
  const auto decoded =
      Decode("PaymentCaptured",
             R"({"event":"PaymentCaptured","orderId":"0190a6d0-7d2a-7abc-8def-ffffffffffff"})");
  EXPECT_TRUE(absl::IsInvalidArgument(decoded.status()));
}

TEST(OrderSagaEvents, WhatCannotBeMeantIsRefused) {
  const std::string order = std::string(R"("orderId":")") + kOrder + "\"";
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"PaymentProcessed",
       R"({"event":"PaymentProcessed",)" + order + R"(,"paymentStatus":"maybe"})"},
      {"PaymentProcessed", R"({"event":"PaymentProcessed",)" + order + "}"},
      {"PaymentProcessed", R"({"event":"PaymentProcessed",)" + order +
                               R"(,"paymentStatus":"confirmed","paymentId":"7"})"},
      {"PaymentCaptured", R"({"event":"PaymentCaptured","orderId":"order-1"})"},
      {"PaymentCaptured", R"({"event":"PaymentCaptured"})"},
      {"PaymentCaptured", R"({"event":"PaymentFailed",)" + order + "}"},
      {"InventoryUpdated", R"({"event":"InventoryUpdated",)" + order + R"(,"status":"reserved"})"},
      {"InventoryRejected", "not JSON"},
      {"InventoryRejected", ""},
      {"OrderPlaced", R"({"event":"OrderPlaced",)" + order + "}"},
  };
  for (const auto& [type, payload] : bad) {
    EXPECT_TRUE(absl::IsInvalidArgument(Decode(type, payload).status())) << type << " " << payload;
  }
}

}  // namespace
}  // namespace waybill::order_svc
