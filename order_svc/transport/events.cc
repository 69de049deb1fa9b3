#include "order_svc/transport/events.h"

#include <algorithm>
#include <cstdlib>

#include "platform/events/timestamp.h"
#include "platform/events/topics.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::order_svc {
namespace {

namespace v1 = ::waybill::events::v1;

constexpr char kSource[] = "order_svc";

v1::OrderPlaced PlacedOf(const OrderData& order, absl::Time at) {
  v1::OrderPlaced body;
  body.set_order_id(order.id.ToString());
  body.set_user_id(order.user.value());
  for (const OrderLine& line : order.lines) {
    v1::Item& item = *body.add_items();
    item.set_product_id(line.product.value());
    item.set_quantity(line.quantity);
  }
  body.set_amount_minor(order.total.minor_units);
  body.set_currency(order.total.currency.value());
  body.set_payment_method(order.payment_method);
  *body.mutable_placed_at() = ToTimestamp(at);
  return body;
}

const Refund& RefundOf(const OrderData& order, const OrderEvent& event) {
  return *std::ranges::find(order.refunds, *event.refund, &Refund::id);
}

// What OrderConfirmed, OrderCancelled and OrderRefunded have in common.
template <typename Body>
Body EndOf(const OrderData& order) {
  Body body;
  body.set_order_id(order.id.ToString());
  body.set_user_id(order.user.value());
  body.set_email(order.email.value());
  for (const OrderLine& line : order.lines) {
    v1::PricedItem& item = *body.add_items();
    item.set_product_id(line.product.value());
    item.set_product_name(line.product_name);
    item.set_quantity(line.quantity);
    item.set_unit_price_minor(line.unit_price.minor_units);
  }
  body.set_amount_minor(order.total.minor_units);
  body.set_currency(order.total.currency.value());
  return body;
}

v1::OrderConfirmed ConfirmedOf(const OrderData& order, absl::Time at) {
  auto body = EndOf<v1::OrderConfirmed>(order);
  *body.mutable_confirmed_at() = ToTimestamp(at);
  return body;
}

v1::OrderCancelled CancelledOf(const OrderData& order, absl::Time at) {
  auto body = EndOf<v1::OrderCancelled>(order);
  if (order.reason) body.set_reason(std::string(NameOf(*order.reason)));
  *body.mutable_cancelled_at() = ToTimestamp(at);
  return body;
}

v1::OrderRefundRequested RefundRequestedOf(const OrderData& order, const OrderEvent& event) {
  const Refund& refund = RefundOf(order, event);
  v1::OrderRefundRequested body;
  body.set_order_id(order.id.ToString());
  body.set_refund_id(refund.id.ToString());
  body.set_amount_minor(refund.amount.minor_units);
  body.set_currency(refund.amount.currency.value());
  *body.mutable_requested_at() = ToTimestamp(event.at);
  return body;
}

v1::OrderRefunded RefundedOf(const OrderData& order, const OrderEvent& event) {
  const Refund& refund = RefundOf(order, event);
  auto body = EndOf<v1::OrderRefunded>(order);
  body.set_refund_id(refund.id.ToString());
  body.set_refund_amount_minor(refund.amount.minor_units);
  body.set_refunded_minor(event.refunded);
  *body.mutable_refunded_at() = ToTimestamp(event.at);
  return body;
}

absl::StatusOr<SagaEvent> FromPaymentProcessed(const OrderId& order,
                                               const v1::PaymentProcessed& body,
                                               const events::IncomingEvent& event) {
  if (body.payment_status() == "declined") {
    return SagaEvent{.order = order, .what = PaymentDeclined{}, .trace = event.trace};
  }
  if (body.payment_status() != "confirmed") {
    return absl::InvalidArgumentError(
        StrCat("paymentStatus \"", body.payment_status(), "\" is neither confirmed nor declined"));
  }
  const absl::StatusOr<PaymentId> payment = PaymentId::Parse(body.payment_id());
  if (!payment.ok()) {
    return absl::InvalidArgumentError(
        StrCat("paymentId \"", body.payment_id(), "\" is not a UUID"));
  }
  return SagaEvent{.order = order, .what = PaymentConfirmed{*payment}, .trace = event.trace};
}

absl::StatusOr<SagaEvent> FromInventoryUpdated(const OrderId& order,
                                               const v1::InventoryUpdated& body,
                                               const events::IncomingEvent& event) {
  if (body.status() != "items reserved") {
    return absl::InvalidArgumentError(
        StrCat("status \"", body.status(), "\" is not \"items reserved\""));
  }
  return SagaEvent{.order = order, .what = ItemsReserved{}, .trace = event.trace};
}

absl::StatusOr<SagaEvent> FromOrderShipped(const OrderId& order, const v1::OrderShipped& body,
                                           const events::IncomingEvent& event) {
  if (!body.has_shipped_at()) return absl::InvalidArgumentError("shippedAt is required");
  return SagaEvent{
      .order = order, .what = Shipped{FromTimestamp(body.shipped_at())}, .trace = event.trace};
}

template <typename Body>
absl::StatusOr<RefundId> RefundIn(const Body& body) {
  const absl::StatusOr<RefundId> refund = RefundId::Parse(body.refund_id());
  if (refund.ok()) return refund;
  return absl::InvalidArgumentError(StrCat("refundId \"", body.refund_id(), "\" is not a UUID"));
}

absl::StatusOr<SagaEvent> FromPaymentRefunded(const OrderId& order, const v1::PaymentRefunded& body,
                                              const events::IncomingEvent& event) {
  ASSIGN_OR_RETURN(const RefundId refund, RefundIn(body));
  return SagaEvent{.order = order, .what = PaymentRefunded{refund}, .trace = event.trace};
}

absl::StatusOr<SagaEvent> FromPaymentRefundFailed(const OrderId& order,
                                                  const v1::PaymentRefundFailed& body,
                                                  const events::IncomingEvent& event) {
  ASSIGN_OR_RETURN(const RefundId refund, RefundIn(body));
  return SagaEvent{
      .order = order, .what = PaymentRefundFailed{refund, body.reason()}, .trace = event.trace};
}

// An event that says all it means by its type.
template <typename Body, typename What>
absl::StatusOr<SagaEvent> FromType(const OrderId& order, const Body&,
                                   const events::IncomingEvent& event) {
  return SagaEvent{.order = order, .what = What{}, .trace = event.trace};
}

}  // namespace

std::vector<std::string> Topics() { return {events::kPaymentsTopic, events::kInventoryTopic}; }

const events::Decoders<SagaEvent>& EventDecoders() {
  static const auto& decoders = *new events::Decoders<SagaEvent>{
      events::DecoderOf(&FromPaymentProcessed),
      events::DecoderOf(&FromType<v1::PaymentCaptured, PaymentCaptured>),
      events::DecoderOf(&FromType<v1::PaymentFailed, PaymentFailed>),
      events::DecoderOf(&FromPaymentRefunded),
      events::DecoderOf(&FromPaymentRefundFailed),
      events::DecoderOf(&FromInventoryUpdated),
      events::DecoderOf(&FromType<v1::InventoryRejected, ItemsRejected>),
      events::DecoderOf(&FromOrderShipped)};
  return decoders;
}

events::OutgoingEvent Encode(const OrderData& order, const OrderEvent& event,
                             const TraceContext& trace) {
  const auto make = [&](const google::protobuf::Message& body) {
    return events::MakeEvent(events::kOrdersTopic, kSource, order.id, event.sequence, trace, body);
  };
  switch (event.kind) {
    case OrderEventKind::kPlaced:
      return make(PlacedOf(order, event.at));
    case OrderEventKind::kConfirmed:
      return make(ConfirmedOf(order, event.at));
    case OrderEventKind::kCancelled:
      return make(CancelledOf(order, event.at));
    case OrderEventKind::kRefundRequested:
      return make(RefundRequestedOf(order, event));
    case OrderEventKind::kRefunded:
      return make(RefundedOf(order, event));
  }
  std::abort();
}

}  // namespace waybill::order_svc
