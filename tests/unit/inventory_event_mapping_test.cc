#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "inventory_svc/transport/event_mapping.h"

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

absl::StatusCode CodeOf(const events::IncomingEvent& event) {
  return ToOrderEvent(event).status().code();
}

TEST(InventoryMappingTest, TheSameProductOnTwoLinesCountsTogether) {
  const auto mapped =
      ToOrderEvent(Event("OrderPlaced", PlacedBody({{{"productId", "cup"}, {"quantity", 2}},
                                                    {{"productId", "pot"}, {"quantity", 1}},
                                                    {{"productId", "cup"}, {"quantity", 3}}})
                                            .dump()));

  ASSERT_TRUE(mapped.ok()) << mapped.status();
  ASSERT_TRUE(mapped->has_value());
  EXPECT_EQ((*mapped)->kind, OrderEvent::Kind::kPlaced);
  EXPECT_EQ((*mapped)->order.ToString(), kId);
  EXPECT_EQ((*mapped)->items, (Quantities{{Sku("cup"), 5}, {Sku("pot"), 1}}));
}

TEST(InventoryMappingTest, ADeclinedPaymentDoesNotConcernTheStock) {
  json body = {{"event", "PaymentProcessed"}, {"orderId", kId}, {"paymentStatus", "declined"}};
  const auto declined = ToOrderEvent(Event("PaymentProcessed", body.dump()));
  ASSERT_TRUE(declined.ok()) << declined.status();
  EXPECT_FALSE(declined->has_value());

  body["paymentStatus"] = "confirmed";
  const auto confirmed = ToOrderEvent(Event("PaymentProcessed", body.dump()));
  ASSERT_TRUE(confirmed.ok()) << confirmed.status();
  EXPECT_EQ((*confirmed)->kind, OrderEvent::Kind::kPaymentConfirmed);

  body["paymentStatus"] = "CONFIRMED";
  EXPECT_EQ(CodeOf(Event("PaymentProcessed", body.dump())), absl::StatusCode::kInvalidArgument);
}

TEST(InventoryMappingTest, EventsThatCanNotBeTrueAreInvalid) {
  const auto items = [](const std::string& product, json quantity) {
    return Event("OrderPlaced",
                 PlacedBody({{{"productId", product}, {"quantity", quantity}}}).dump());
  };
  ASSERT_TRUE(ToOrderEvent(items("cup", 1)).ok());
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

TEST(InventoryMappingTest, FieldsNotKnownHereAreIgnored) {
  json body = {{"event", "OrderCancelled"}, {"orderId", kId}, {"fromTheFuture", {{"a", 1}}}};
  EXPECT_TRUE(ToOrderEvent(Event("OrderCancelled", body.dump())).ok());
}

TEST(InventoryMappingTest, WhatIsPublishedReadsAsTheContractSays) {
  StockEvent event{.kind = StockEvent::Kind::kItemsReserved,
                   .order = *OrderId::Parse(kId),
                   .sequence = 1,
                   .items = {{Sku("cup"), 2}}};
  const TraceContext trace = TraceContext::NewRoot();

  const events::OutgoingEvent updated = ToOutgoing({event, trace});
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
  EXPECT_EQ(json::parse(ToOutgoing({event, trace}).payload),
            json::parse(R"({"event":"InventoryRejected","orderId":")" + std::string(kId) +
                        R"(","shortages":[{"productId":"cup","wanted":"2","available":"1"}]})"));

  event.kind = StockEvent::Kind::kReleased;
  EXPECT_EQ(json::parse(ToOutgoing({event, trace}).payload),
            json::parse(R"({"event":"StockReleased","orderId":")" + std::string(kId) +
                        R"(","items":[{"productId":"cup","quantity":2}]})"));
}

}  // namespace
}  // namespace waybill::inventory_svc
