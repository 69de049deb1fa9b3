#include "payment_svc/transport/events.h"

#include <gtest/gtest.h>

#include "platform/events/topics.h"
#include "platform/types/strings.h"

namespace waybill::payment_svc {
namespace {

constexpr char kOrder[] = "0198c0de-0000-7000-8000-000000000001";
constexpr char kPayment[] = "0198c0de-0000-7000-8000-000000000002";

events::IncomingEvent Incoming(const std::string& name, const std::string& payload) {
  events::IncomingEvent event;
  event.type = "waybill.events.v1." + name;
  event.key = kOrder;
  event.trace = TraceContext::NewRoot();
  event.payload = payload;
  return event;
}

std::string PlacedJson(const std::string& changed = "") {
  const std::string base = StrCat(
      R"("event":"OrderPlaced","orderId":")", kOrder,
      R"(","userId":"ann","paymentMethod":"pm_card_visa","amountMinor":"1999","currency":"EUR")");
  return StrCat("{", base, changed.empty() ? "" : ",", changed, "}");
}

absl::StatusOr<WantedChange> Decode(const events::IncomingEvent& event) {
  return events::Decode(EventDecoders(), event);
}

events::OutgoingEvent Encoded(PaymentEvent::Kind kind, std::string reason = "",
                              const TraceContext& trace = TraceContext::NewRoot()) {
  Payment payment = NewPayment(*OrderId::Parse(kOrder), *PaymentId::Parse(kPayment));
  payment.charge = Charge{UserId("ann"), "pm_card_visa", {1999, "EUR"}};
  return Encode(payment, {kind, 3, std::move(reason)}, trace);
}

TEST(PaymentEventsTest, OrderPlacedAsksForItsAmount) {
  const auto change = Decode(Incoming("OrderPlaced", PlacedJson()));
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->order.ToString(), kOrder);
  EXPECT_EQ(change->wanted, Wanted::kAuthorize);
  EXPECT_EQ(change->charge, (Charge{UserId("ann"), "pm_card_visa", {1999, "EUR"}}));
}

TEST(PaymentEventsTest, ReservedItemsAskForACaptureAndACancellationForARelease) {
  const auto reserved =
      Decode(Incoming("InventoryUpdated",
                      StrCat(R"({"event":"InventoryUpdated","status":"items reserved","orderId":")",
                             kOrder, R"(","new":1})")));
  ASSERT_TRUE(reserved.ok()) << reserved.status();
  EXPECT_EQ(reserved->wanted, Wanted::kCapture);
  EXPECT_FALSE(reserved->charge);
  const auto cancelled = Decode(Incoming(
      "OrderCancelled", StrCat(R"({"event":"OrderCancelled","orderId":")", kOrder, "\"}")));
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(cancelled->wanted, Wanted::kRelease);
}

TEST(PaymentEventsTest, AnInvalidEventIsInvalidForEver) {
  const std::vector<std::string> bodies{
      "",
      "not json",
      "{}",
      R"({"event":"OrderPlaced"})",
      PlacedJson(R"("amountMinor":"many")"),
      R"({"event":"OrderPlaced","orderId":"0198c0de-0000-7000-8000-000000000001"})",
      StrCat(R"({"event":"OrderCancelled","orderId":")", kOrder, "\"}"),
  };
  for (const std::string& body : bodies) {
    EXPECT_TRUE(absl::IsInvalidArgument(Decode(Incoming("OrderPlaced", body)).status())) << body;
  }
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"\"1999\"", "\"0\""},
                                                        {"\"1999\"", "\"-5\""},
                                                        {"\"1999\"", "\"100000000000\""},
                                                        {"\"EUR\"", "\"eur\""},
                                                        {"\"EUR\"", "\"\""},
                                                        {"\"ann\"", "\"\""},
                                                        {"\"pm_card_visa\"", "\"\""},
                                                        {"000000000001\"", "000000000009\""},
                                                        {kOrder, "no-uuid"}}) {
    std::string body = PlacedJson();
    body.replace(body.find(from), from.size(), to);
    EXPECT_TRUE(absl::IsInvalidArgument(Decode(Incoming("OrderPlaced", body)).status())) << body;
  }
}

TEST(PaymentEventsTest, OtherTypesAreNotOurs) {
  const auto handles = [](const std::string& type) {
    return events::Handles(EventDecoders(), type);
  };
  EXPECT_TRUE(handles("waybill.events.v1.OrderPlaced"));
  EXPECT_FALSE(handles("waybill.events.v1.OrderConfirmed"));
  EXPECT_FALSE(handles("waybill.events.v1.InventoryRejected"));
}

TEST(PaymentEventsTest, EventsReadAsTheContractSays) {
  const std::string ids = StrCat(R"("orderId":")", kOrder, R"(",)");
  const std::string payment = StrCat(R"("paymentId":")", kPayment, "\"");
  const std::string money = R"("amountMinor":"1999","currency":"EUR")";
  EXPECT_EQ(Encoded(PaymentEvent::Kind::kConfirmed).payload,
            StrCat(R"({"event":"PaymentProcessed",)", ids, R"("paymentStatus":"confirmed",)",
                   payment, ",", money, "}"));
  EXPECT_EQ(Encoded(PaymentEvent::Kind::kDeclined, "expired_card").payload,
            StrCat(R"({"event":"PaymentProcessed",)", ids, R"("paymentStatus":"declined",)",
                   payment, ",", money, R"(,"declineReason":"expired_card"})"));
  EXPECT_EQ(Encoded(PaymentEvent::Kind::kCaptured).payload,
            StrCat(R"({"event":"PaymentCaptured",)", ids, payment, ",", money, "}"));
  EXPECT_EQ(Encoded(PaymentEvent::Kind::kFailed, "hold_gone").payload,
            StrCat(R"({"event":"PaymentFailed",)", ids, payment, R"(,"reason":"hold_gone"})"));
  EXPECT_EQ(Encoded(PaymentEvent::Kind::kVoided).payload,
            StrCat(R"({"event":"PaymentReleased",)", ids, payment, R"(,"outcome":"voided",)", money,
                   "}"));
  EXPECT_EQ(Encoded(PaymentEvent::Kind::kRefunded).payload,
            StrCat(R"({"event":"PaymentReleased",)", ids, payment, R"(,"outcome":"refunded",)",
                   money, "}"));
}

TEST(PaymentEventsTest, ARequestedRefundIsUnderstood) {
  const std::string refund = RefundId::New().ToString();
  const auto body = [&](const std::string& id, const std::string& amount) {
    return StrCat(R"({"event":"OrderRefundRequested","orderId":")", kOrder, R"(","refundId":")", id,
                  R"(","amountMinor":")", amount, R"(","currency":"EUR"})");
  };
  const auto change = Decode(Incoming("OrderRefundRequested", body(refund, "500")));
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->refund, (Refund{.id = *RefundId::Parse(refund), .amount = {500, "EUR"}}));
  EXPECT_EQ(change->wanted, Wanted::kAuthorize) << "it requires nothing else";
  EXPECT_FALSE(Decode(Incoming("OrderRefundRequested", body("7", "500"))).ok());
  EXPECT_FALSE(Decode(Incoming("OrderRefundRequested", body(refund, "0"))).ok());
}

TEST(PaymentEventsTest, AnEventCarriesKeyNumberAndTrace) {
  const TraceContext trace = TraceContext::NewRoot();
  const events::OutgoingEvent event = Encoded(PaymentEvent::Kind::kCaptured, "", trace);
  EXPECT_EQ(event.topic, events::kPaymentsTopic);
  EXPECT_EQ(event.type, "waybill.events.v1.PaymentCaptured");
  EXPECT_EQ(event.key, kOrder);
  EXPECT_EQ(event.sequence, 3);
  EXPECT_EQ(event.trace.trace_id(), trace.trace_id());
}

}  // namespace
}  // namespace waybill::payment_svc
