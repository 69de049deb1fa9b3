#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "inventory_svc/transport/events.h"

namespace waybill::inventory_svc {
namespace {

using nlohmann::json;

const char kId[] = "0190f3a4-1111-7000-8000-000000000001";

events::IncomingEvent Event(const std::string& type, const std::string& payload,
                            const std::string& key = kId) {
  return {.id = EventId::New(),
          .topic = "orders.events",
          .type = "waybill.events.v1." + type,
          .key = key,
          .sequence = 1,
          .trace = TraceContext::NewRoot(),
          .payload = payload};
}

json PlacedBody(json items) {
  return {{"event", "OrderPlaced"}, {"orderId", kId}, {"items", items}};
}

absl::StatusOr<TracedOrderNews> Decoded(const events::IncomingEvent& event) {
  return events::Decode(EventDecoders(), event);
}

absl::StatusCode CodeOf(const events::IncomingEvent& event) {
  return Decoded(event).status().code();
}

TEST(InventoryTransportTest, TheSameProductOnTwoLinesCountsTogether) {
  const auto decoded =
      Decoded(Event("OrderPlaced", PlacedBody({{{"productId", "cup"}, {"quantity", 2}},
                                               {{"productId", "pot"}, {"quantity", 1}},
                                               {{"productId", "cup"}, {"quantity", 3}}})
                                       .dump()));

  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->event.kind, OrderNews::Kind::kPlaced);
  EXPECT_EQ(decoded->event.order.ToString(), kId);
  EXPECT_EQ(decoded->event.items, (Quantities{{Sku("cup"), 5}, {Sku("pot"), 1}}));
}

TEST(InventoryTransportTest, ADeclinedPaymentDoesNotConcernTheStock) {
  json body = {{"event", "PaymentProcessed"}, {"orderId", kId}, {"paymentStatus", "declined"}};
  const auto declined = Decoded(Event("PaymentProcessed", body.dump()));
  ASSERT_TRUE(declined.ok()) << declined.status();
  EXPECT_EQ(declined->event.kind, OrderNews::Kind::kPaymentDeclined);

  body["paymentStatus"] = "confirmed";
  const auto confirmed = Decoded(Event("PaymentProcessed", body.dump()));
  ASSERT_TRUE(confirmed.ok()) << confirmed.status();
  EXPECT_EQ(confirmed->event.kind, OrderNews::Kind::kPaymentConfirmed);

  body["paymentStatus"] = "CONFIRMED";
  EXPECT_EQ(CodeOf(Event("PaymentProcessed", body.dump())), absl::StatusCode::kInvalidArgument);
}

TEST(InventoryTransportTest, EventsThatCanNotBeTrueAreInvalid) {
  const auto items = [](const std::string& product, json quantity) {
    return Event("OrderPlaced",
                 PlacedBody({{{"productId", product}, {"quantity", quantity}}}).dump());
  };
  ASSERT_TRUE(Decoded(items("cup", 1)).ok());
  const std::vector<events::IncomingEvent> bad = {
      items("cup", 0),
      items("cup", -1),
      items("cup", "many"),
      items("", 1),
      items("a b", 1),
      items("a\r\nb", 1),
      items(std::string(65, 'a'), 1),
      items("cup", 1'000'000'001),
      Event("OrderPlaced", PlacedBody(json::array()).dump()),
      Event("OrderPlaced", R"({"event":"OrderPlaced","orderId":"7","items":[]})", "7"),
      Event("OrderPlaced", PlacedBody({{{"productId", "cup"}, {"quantity", 1}}}).dump(),
            "0190f3a4-1111-7000-8000-000000000002"),
      Event("OrderCancelled", PlacedBody({{{"productId", "cup"}, {"quantity", 1}}}).dump()),
      Event("OrderCancelled", "not json"),
      Event("OrderCancelled", ""),
      Event("SomethingElse", "{}"),
  };
  for (const events::IncomingEvent& event : bad) {
    EXPECT_EQ(CodeOf(event), absl::StatusCode::kInvalidArgument) << event.payload;
  }
}

TEST(InventoryTransportTest, FieldsNotKnownHereAreIgnored) {
  json body = {{"event", "OrderCancelled"}, {"orderId", kId}, {"fromTheFuture", {{"a", 1}}}};
  EXPECT_TRUE(Decoded(Event("OrderCancelled", body.dump())).ok());
}

TEST(InventoryTransportTest, WhatIsPublishedReadsAsTheContractSays) {
  StockEvent event{.kind = StockEvent::Kind::kItemsReserved,
                   .order = *OrderId::Parse(kId),
                   .sequence = 1,
                   .items = {{Sku("cup"), 2}}};
  const TraceContext trace = TraceContext::NewRoot();

  const events::OutgoingEvent updated = Encode(event, trace);
  EXPECT_EQ(
      json::parse(updated.payload),
      json::parse(R"({"event":"InventoryUpdated","orderId":")" + std::string(kId) +
                  R"(","status":"items reserved","items":[{"productId":"cup","quantity":2}]})"));
  EXPECT_EQ(updated.topic, "inventory.events");
  EXPECT_EQ(updated.type, "waybill.events.v1.InventoryUpdated");
  EXPECT_EQ(updated.key, kId);
  EXPECT_EQ(updated.sequence, 1);
  EXPECT_EQ(updated.trace.trace_id(), trace.trace_id());

  event.kind = StockEvent::Kind::kRejected;
  event.shortages = {{Sku("cup"), 2, 1}};
  EXPECT_EQ(json::parse(Encode(event, trace).payload),
            json::parse(R"({"event":"InventoryRejected","orderId":")" + std::string(kId) +
                        R"(","shortages":[{"productId":"cup","wanted":"2","available":"1"}]})"));

  event.kind = StockEvent::Kind::kReleased;
  EXPECT_EQ(json::parse(Encode(event, trace).payload),
            json::parse(R"({"event":"StockReleased","orderId":")" + std::string(kId) +
                        R"(","items":[{"productId":"cup","quantity":2}]})"));

  event.kind = StockEvent::Kind::kShipped;
  event.at = absl::FromUnixSeconds(1769860800);
  EXPECT_EQ(json::parse(Encode(event, trace).payload),
            json::parse(R"({"event":"OrderShipped","orderId":")" + std::string(kId) +
                        R"(","items":[{"productId":"cup","quantity":2}],)"
                        R"("shippedAt":"2026-01-31T12:00:00Z"})"));
}

}  // namespace
}  // namespace waybill::inventory_svc
