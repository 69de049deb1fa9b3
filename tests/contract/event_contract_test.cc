// What is on the topics reads exactly like this, for everyone who reads along. A change here breaks
// consumers that are not ours: fields may be added at the end, never renamed, retyped or taken
// away.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "platform/events/decoder.h"
#include "platform/events/envelope.h"
#include "platform/events/topics.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::events {
namespace {

namespace v1 = waybill::events::v1;

constexpr char kOrder[] = "01941f29-7c00-7000-8000-000000000001";
constexpr char kPayment[] = "01941f29-7c00-7000-8000-000000000002";
constexpr char kRefund[] = "01941f29-7c00-7000-8000-000000000003";

void SetTime(google::protobuf::Timestamp& timestamp) {
  timestamp.set_seconds(1769860800);
  timestamp.set_nanos(123456000);
}

v1::Item TeaItem() {
  v1::Item item;
  item.set_product_id("tea");
  item.set_quantity(2);
  return item;
}

v1::PricedItem PricedTea() {
  v1::PricedItem item;
  item.set_product_id("tea");
  item.set_product_name("Tea");
  item.set_quantity(2);
  item.set_unit_price_minor(790);
  return item;
}

// The event is written as `json`, and `json` is read as the event.
template <typename M>
void ExpectContract(const M& event, const std::string& json) {
  EXPECT_EQ(ToJson(event), json);
  const absl::StatusOr<M> read = FromJson<M>(json);
  ASSERT_TRUE(read.ok()) << read.status();
  M named = event;
  named.set_event(M::descriptor()->name());
  EXPECT_EQ(read->SerializeAsString(), named.SerializeAsString());
}

TEST(EventContractTest, OrderPlacedReadsLikeThis) {
  v1::OrderPlaced event;
  event.set_order_id(kOrder);
  event.set_user_id("ann");
  *event.add_items() = TeaItem();
  event.set_amount_minor(1580);
  event.set_currency("EUR");
  event.set_payment_method("pm_card_visa");
  SetTime(*event.mutable_placed_at());
  ExpectContract(
      event, R"({"event":"OrderPlaced","orderId":"01941f29-7c00-7000-8000-000000000001",)"
             R"("userId":"ann","items":[{"productId":"tea","quantity":2}],"amountMinor":"1580",)"
             R"("currency":"EUR","paymentMethod":"pm_card_visa",)"
             R"("placedAt":"2026-01-31T12:00:00.123456Z"})");
}

TEST(EventContractTest, OrderConfirmedReadsLikeThis) {
  v1::OrderConfirmed event;
  event.set_order_id(kOrder);
  event.set_user_id("ann");
  event.set_email("ann@example.com");
  *event.add_items() = PricedTea();
  event.set_amount_minor(1580);
  event.set_currency("EUR");
  SetTime(*event.mutable_confirmed_at());
  ExpectContract(
      event, R"({"event":"OrderConfirmed","orderId":"01941f29-7c00-7000-8000-000000000001",)"
             R"("userId":"ann","email":"ann@example.com","items":[{"productId":"tea",)"
             R"("productName":"Tea","quantity":2,"unitPriceMinor":"790"}],"amountMinor":"1580",)"
             R"("currency":"EUR","confirmedAt":"2026-01-31T12:00:00.123456Z"})");
}

TEST(EventContractTest, OrderCancelledReadsLikeThis) {
  v1::OrderCancelled event;
  event.set_order_id(kOrder);
  event.set_user_id("ann");
  event.set_email("ann@example.com");
  event.set_reason("OUT_OF_STOCK");
  *event.add_items() = PricedTea();
  event.set_amount_minor(1580);
  event.set_currency("EUR");
  SetTime(*event.mutable_cancelled_at());
  ExpectContract(event,
                 R"({"event":"OrderCancelled","orderId":"01941f29-7c00-7000-8000-000000000001",)"
                 R"("userId":"ann","email":"ann@example.com","reason":"OUT_OF_STOCK",)"
                 R"("items":[{"productId":"tea","productName":"Tea","quantity":2,)"
                 R"("unitPriceMinor":"790"}],"amountMinor":"1580","currency":"EUR",)"
                 R"("cancelledAt":"2026-01-31T12:00:00.123456Z"})");
}

TEST(EventContractTest, OrderRefundRequestedReadsLikeThis) {
  v1::OrderRefundRequested event;
  event.set_order_id(kOrder);
  event.set_refund_id(kRefund);
  event.set_amount_minor(790);
  event.set_currency("EUR");
  SetTime(*event.mutable_requested_at());
  ExpectContract(
      event, R"({"event":"OrderRefundRequested","orderId":"01941f29-7c00-7000-8000-000000000001",)"
             R"("refundId":"01941f29-7c00-7000-8000-000000000003","amountMinor":"790",)"
             R"("currency":"EUR","requestedAt":"2026-01-31T12:00:00.123456Z"})");
}

TEST(EventContractTest, OrderRefundedReadsLikeThis) {
  v1::OrderRefunded event;
  event.set_order_id(kOrder);
  event.set_user_id("ann");
  event.set_email("ann@example.com");
  *event.add_items() = PricedTea();
  event.set_amount_minor(1580);
  event.set_currency("EUR");
  event.set_refund_id(kRefund);
  event.set_refund_amount_minor(790);
  event.set_refunded_minor(1000);
  SetTime(*event.mutable_refunded_at());
  ExpectContract(event,
                 R"({"event":"OrderRefunded","orderId":"01941f29-7c00-7000-8000-000000000001",)"
                 R"("userId":"ann","email":"ann@example.com",)"
                 R"("items":[{"productId":"tea","productName":"Tea","quantity":2,)"
                 R"("unitPriceMinor":"790"}],"amountMinor":"1580","currency":"EUR",)"
                 R"("refundId":"01941f29-7c00-7000-8000-000000000003","refundAmountMinor":"790",)"
                 R"("refundedMinor":"1000","refundedAt":"2026-01-31T12:00:00.123456Z"})");
}

TEST(EventContractTest, PaymentRefundedReadsLikeThis) {
  v1::PaymentRefunded event;
  event.set_order_id(kOrder);
  event.set_payment_id(kPayment);
  event.set_refund_id(kRefund);
  event.set_amount_minor(790);
  event.set_currency("EUR");
  event.set_refunded_minor(1000);
  ExpectContract(event,
                 R"({"event":"PaymentRefunded","orderId":"01941f29-7c00-7000-8000-000000000001",)"
                 R"("paymentId":"01941f29-7c00-7000-8000-000000000002",)"
                 R"("refundId":"01941f29-7c00-7000-8000-000000000003","amountMinor":"790",)"
                 R"("currency":"EUR","refundedMinor":"1000"})");
}

TEST(EventContractTest, PaymentRefundFailedReadsLikeThis) {
  v1::PaymentRefundFailed event;
  event.set_order_id(kOrder);
  event.set_payment_id(kPayment);
  event.set_refund_id(kRefund);
  event.set_amount_minor(790);
  event.set_currency("EUR");
  event.set_reason("charge_already_refunded");
  ExpectContract(
      event, R"({"event":"PaymentRefundFailed","orderId":"01941f29-7c00-7000-8000-000000000001",)"
             R"("paymentId":"01941f29-7c00-7000-8000-000000000002",)"
             R"("refundId":"01941f29-7c00-7000-8000-000000000003","amountMinor":"790",)"
             R"("currency":"EUR","reason":"charge_already_refunded"})");
}

TEST(EventContractTest, PaymentProcessedReadsLikeThis) {
  v1::PaymentProcessed event;
  event.set_order_id(kOrder);
  event.set_payment_status("confirmed");
  event.set_payment_id(kPayment);
  event.set_amount_minor(1580);
  event.set_currency("EUR");
  ExpectContract(
      event, R"({"event":"PaymentProcessed","orderId":"01941f29-7c00-7000-8000-000000000001",)"
             R"("paymentStatus":"confirmed","paymentId":"01941f29-7c00-7000-8000-000000000002",)"
             R"("amountMinor":"1580","currency":"EUR"})");
  event.set_payment_status("declined");
  event.set_decline_reason("card_declined");
  ExpectContract(event,
                 R"({"event":"PaymentProcessed","orderId":"01941f29-7c00-7000-8000-000000000001",)"
                 R"("paymentStatus":"declined","paymentId":"01941f29-7c00-7000-8000-000000000002",)"
                 R"("amountMinor":"1580","currency":"EUR","declineReason":"card_declined"})");
}

TEST(EventContractTest, PaymentCapturedReadsLikeThis) {
  v1::PaymentCaptured event;
  event.set_order_id(kOrder);
  event.set_payment_id(kPayment);
  event.set_amount_minor(1580);
  event.set_currency("EUR");
  ExpectContract(event,
                 R"({"event":"PaymentCaptured","orderId":"01941f29-7c00-7000-8000-000000000001",)"
                 R"("paymentId":"01941f29-7c00-7000-8000-000000000002","amountMinor":"1580",)"
                 R"("currency":"EUR"})");
}

TEST(EventContractTest, PaymentFailedReadsLikeThis) {
  v1::PaymentFailed event;
  event.set_order_id(kOrder);
  event.set_payment_id(kPayment);
  event.set_reason("expired_card");
  ExpectContract(event,
                 R"({"event":"PaymentFailed","orderId":"01941f29-7c00-7000-8000-000000000001",)"
                 R"("paymentId":"01941f29-7c00-7000-8000-000000000002","reason":"expired_card"})");
}

TEST(EventContractTest, PaymentReleasedReadsLikeThis) {
  v1::PaymentReleased event;
  event.set_order_id(kOrder);
  event.set_payment_id(kPayment);
  event.set_outcome("voided");
  event.set_amount_minor(1580);
  event.set_currency("EUR");
  ExpectContract(event,
                 R"({"event":"PaymentReleased","orderId":"01941f29-7c00-7000-8000-000000000001",)"
                 R"("paymentId":"01941f29-7c00-7000-8000-000000000002","outcome":"voided",)"
                 R"("amountMinor":"1580","currency":"EUR"})");
}

TEST(EventContractTest, InventoryUpdatedReadsLikeThis) {
  v1::InventoryUpdated event;
  event.set_order_id(kOrder);
  event.set_status("items reserved");
  *event.add_items() = TeaItem();
  ExpectContract(event,
                 R"({"event":"InventoryUpdated","orderId":"01941f29-7c00-7000-8000-000000000001",)"
                 R"("status":"items reserved","items":[{"productId":"tea","quantity":2}]})");
}

TEST(EventContractTest, InventoryRejectedReadsLikeThis) {
  v1::InventoryRejected event;
  event.set_order_id(kOrder);
  v1::Shortage& shortage = *event.add_shortages();
  shortage.set_product_id("tea");
  shortage.set_wanted(2);
  shortage.set_available(1);
  ExpectContract(event,
                 R"({"event":"InventoryRejected","orderId":"01941f29-7c00-7000-8000-000000000001",)"
                 R"("shortages":[{"productId":"tea","wanted":"2","available":"1"}]})");
}

TEST(EventContractTest, StockReleasedReadsLikeThis) {
  v1::StockReleased event;
  event.set_order_id(kOrder);
  *event.add_items() = TeaItem();
  ExpectContract(event,
                 R"({"event":"StockReleased","orderId":"01941f29-7c00-7000-8000-000000000001",)"
                 R"("items":[{"productId":"tea","quantity":2}]})");
}

// The shapes that were agreed on before there was any code.
TEST(EventContractTest, OrderShippedReadsLikeThis) {
  v1::OrderShipped event;
  event.set_order_id(kOrder);
  *event.add_items() = TeaItem();
  SetTime(*event.mutable_shipped_at());
  ExpectContract(event,
                 R"({"event":"OrderShipped","orderId":"01941f29-7c00-7000-8000-000000000001",)"
                 R"("items":[{"productId":"tea","quantity":2}],)"
                 R"("shippedAt":"2026-01-31T12:00:00.123456Z"})");
}

TEST(EventContractTest, TheAgreedShapesAreRead) {
  const auto placed = FromJson<v1::OrderPlaced>(
      R"({"event":"OrderPlaced","orderId":"o","userId":"u","items":[{"productId":"p","quantity":2}]})");
  ASSERT_TRUE(placed.ok()) << placed.status();
  EXPECT_EQ(placed->items(0).quantity(), 2);
  const auto processed = FromJson<v1::PaymentProcessed>(
      R"({"event":"PaymentProcessed","orderId":"o","paymentStatus":"confirmed","paymentId":"p"})");
  ASSERT_TRUE(processed.ok()) << processed.status();
  EXPECT_EQ(processed->payment_status(), "confirmed");
  const auto updated = FromJson<v1::InventoryUpdated>(
      R"({"event":"InventoryUpdated","orderId":"o","status":"items reserved"})");
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->status(), "items reserved");
}

TEST(EventContractTest, AFieldFromTheFutureIsIgnored) {
  const auto read = FromJson<v1::StockReleased>(
      R"({"event":"StockReleased","orderId":"o","warehouse":{"id":7},"tags":["a"]})");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->order_id(), "o");
}

TEST(EventContractTest, EveryEventOfTheSchemaIsChecked) {
  const std::set<std::string> checked = {
      "OrderPlaced",       "OrderConfirmed",   "OrderCancelled",      "OrderRefundRequested",
      "OrderRefunded",     "PaymentProcessed", "PaymentCaptured",     "PaymentFailed",
      "PaymentReleased",   "PaymentRefunded",  "PaymentRefundFailed", "InventoryUpdated",
      "InventoryRejected", "StockReleased",    "OrderShipped"};
  std::set<std::string> declared;
  const google::protobuf::FileDescriptor* file = v1::OrderPlaced::descriptor()->file();
  for (int i = 0; i < file->message_type_count(); ++i) {
    if (file->message_type(i)->FindFieldByName("event") != nullptr) {
      declared.insert(file->message_type(i)->name());
    }
  }
  EXPECT_EQ(declared, checked) << "an event without a test of its JSON";
}

TEST(EventContractTest, TypesAreFullNames) {
  v1::OrderPlaced event;
  event.set_order_id(kOrder);
  const OutgoingEvent outgoing = MakeEvent(kOrdersTopic, "order_svc", *OrderId::Parse(kOrder), 1,
                                           TraceContext::NewRoot(), event);
  EXPECT_EQ(outgoing.type, "waybill.events.v1.OrderPlaced");
  EXPECT_EQ(outgoing.key, kOrder);
}

TEST(EventContractTest, TopicsAreNamedLikeThis) {
  EXPECT_STREQ(kOrdersTopic, "orders.events");
  EXPECT_STREQ(kPaymentsTopic, "payments.events");
  EXPECT_STREQ(kInventoryTopic, "inventory.events");
  EXPECT_STREQ(kOrderDlqTopic, "order_svc.dlq");
  EXPECT_STREQ(kPaymentDlqTopic, "payment_svc.dlq");
  EXPECT_STREQ(kInventoryDlqTopic, "inventory_svc.dlq");
  EXPECT_STREQ(kNotificationDlqTopic, "notification_svc.dlq");
}

}  // namespace
}  // namespace waybill::events
