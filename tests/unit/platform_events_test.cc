#include <gtest/gtest.h>

#include "platform/events/decoder.h"
#include "platform/events/envelope.h"
#include "platform/events/topics.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::events {
namespace {

using waybill::events::v1::InventoryUpdated;
using waybill::events::v1::OrderPlaced;

TEST(EventJsonTest, ReadsAsTheContractSays) {
  InventoryUpdated message;
  message.set_order_id("0190a6d0-7d2a-7abc-8def-0123456789ab");
  message.set_status("items reserved");
  EXPECT_EQ(ToJson(message),
            R"({"event":"InventoryUpdated","orderId":"0190a6d0-7d2a-7abc-8def-0123456789ab",)"
            R"("status":"items reserved"})");
}

TEST(EventJsonTest, AProducerMayMoveFirst) {
  const auto message = FromJson<OrderPlaced>(
      R"({"event":"OrderPlaced","orderId":"x","newField":{"a":[1,2]},"amountMinor":"5"})");
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->amount_minor(), 5);
}

TEST(EventJsonTest, WhatIsNotTheEventIsInvalid) {
  for (const char* json :
       {"", "not json", "[]", "3", R"({"event":"OrderPlaced","orderId":7,"items":"none"})",
        R"({"event":"InventoryUpdated","orderId":"x"})", R"({"orderId":"x"})"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(FromJson<OrderPlaced>(json).status())) << json;
  }
}

TEST(EventTest, IsNamedByItsMessage) {
  const OrderId order = OrderId::New();
  OrderPlaced message;
  message.set_order_id(order.ToString());
  const OutgoingEvent event =
      MakeEvent(kOrdersTopic, "order_svc", order, 1, TraceContext::NewRoot(), message);
  EXPECT_EQ(event.type, "waybill.events.v1.OrderPlaced");
  EXPECT_EQ(event.key, order.ToString());
  EXPECT_NE(event.payload.find(R"("event":"OrderPlaced")"), std::string::npos);
}

}  // namespace
}  // namespace waybill::events
