#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "notification_svc/transport/events.h"

namespace waybill::notification_svc {
namespace {

using nlohmann::json;

const char kId[] = "0190f3a4-1111-7000-8000-000000000001";

json Body(const std::string& event) {
  return {{"event", event},
          {"orderId", kId},
          {"email", "buyer@example.com"},
          {"items",
           {{{"productId", "cup"},
             {"productName", "Cup"},
             {"quantity", 2},
             {"unitPriceMinor", "999"}}}},
          {"amountMinor", "1998"},
          {"currency", "USD"}};
}

events::IncomingEvent Event(const json& body, std::int64_t sequence = 2) {
  return {.id = EventId::New(),
          .topic = "orders.events",
          .type = "waybill.events.v1." + body.at("event").get<std::string>(),
          .key = kId,
          .sequence = sequence,
          .trace = TraceContext::NewRoot(),
          .payload = body.dump()};
}

absl::StatusOr<OrderNews> Decode(const events::IncomingEvent& event) {
  return events::Decode(EventDecoders(), event);
}

bool IsHandled(const std::string& type) { return events::Handles(EventDecoders(), type); }

TEST(NotificationEvents, AConfirmationIsUnderstood) {
  const events::IncomingEvent event = Event(Body("OrderConfirmed"));
  const auto news = Decode(event);

  ASSERT_TRUE(news.ok()) << news.status();
  EXPECT_EQ(news->kind, OrderNews::Kind::kConfirmed);
  EXPECT_EQ(news->event, event.id);
  EXPECT_EQ(news->sequence, 2);
  EXPECT_EQ(news->recipient.value(), "buyer@example.com");
  EXPECT_EQ(news->order.total, (Money{1998, "USD"}));
  ASSERT_EQ(news->order.lines.size(), 1u);
  EXPECT_EQ(news->order.lines[0].price, (Money{1998, "USD"}));
}

TEST(NotificationEvents, ARefundBringsItsAmounts) {
  json body = Body("OrderRefunded");
  body["refundAmountMinor"] = "999";
  body["refundedMinor"] = "1500";
  const auto news = Decode(Event(body, 4));
  ASSERT_TRUE(news.ok()) << news.status();
  EXPECT_EQ(news->kind, OrderNews::Kind::kRefunded);
  EXPECT_EQ(news->sequence, 4);
  EXPECT_EQ(news->refund, (Money{999, "USD"}));
  EXPECT_EQ(news->refunded, (Money{1500, "USD"}));
  body["refundAmountMinor"] = "-1";
  EXPECT_FALSE(Decode(Event(body, 4)).ok());
}

TEST(NotificationEvents, ACancellationBringsItsReason) {
  json body = Body("OrderCancelled");
  body["reason"] = "OUT_OF_STOCK";
  const auto news = Decode(Event(body));
  ASSERT_TRUE(news.ok()) << news.status();
  EXPECT_EQ(news->kind, OrderNews::Kind::kCancelled);
  EXPECT_EQ(news->cancel_reason, "OUT_OF_STOCK");
}

TEST(NotificationEvents, OtherEventsOfTheTopicAreNotOurs) {
  EXPECT_EQ(Topics(), std::vector<std::string>{"orders.events"});
  EXPECT_TRUE(IsHandled("waybill.events.v1.OrderConfirmed"));
  EXPECT_TRUE(IsHandled("waybill.events.v1.OrderCancelled"));
  EXPECT_FALSE(IsHandled("waybill.events.v1.OrderPlaced"));
  EXPECT_FALSE(IsHandled("waybill.events.v2.OrderConfirmed"));
}

TEST(NotificationEvents, WhatCanNotBeTrueIsInvalid) {
  const auto with = [](const std::string& field, const json& value) {
    json body = Body("OrderConfirmed");
    body[field] = value;
    return Event(body);
  };
  const auto with_item = [](const std::string& field, const json& value) {
    json body = Body("OrderConfirmed");
    body["items"][0][field] = value;
    return Event(body);
  };
  std::vector<events::IncomingEvent> bad = {
      with("email", ""),
      with("email", "a@b\r\nBcc: c@d"),
      with("email", "nobody"),
      with("currency", "usd"),
      with("currency", ""),
      with("amountMinor", "-1"),
      with("amountMinor", "x"),
      with("items", json::array()),
      with("orderId", "7"),
      with("orderId", "0190f3a4-1111-7000-8000-000000000009"),
      with_item("quantity", 0),
      with_item("quantity", -2),
      with_item("unitPriceMinor", "-1"),
      with_item("unitPriceMinor", "99999999999"),
      Event(Body("OrderConfirmed"), 0),
  };
  bad.push_back(Event(Body("OrderConfirmed")));
  bad.back().payload = "[";
  for (const events::IncomingEvent& event : bad) {
    const absl::Status status = Decode(event).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << event.payload;
    EXPECT_FALSE(absl::StrContains(status.message(), "Bcc")) << "the error contains an address";
  }
}

}  // namespace
}  // namespace waybill::notification_svc
