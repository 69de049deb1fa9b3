#include "order_svc/transport/event_codec.h"

#include <array>
#include <utility>

#include "order_svc/transport/timestamps.h"
#include "platform/events/json.h"
#include "platform/events/topics.h"
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
  body.set_currency(order.total.currency);
  body.set_payment_method(order.payment_method);
  SetTimestamp(*body.mutable_placed_at(), at);
  return body;
}

// What OrderConfirmed and OrderCancelled have in common.
template <typename Body>
Body EndOf(const OrderData& order) {
  Body body;
  body.set_order_id(order.id.ToString());
  body.set_user_id(order.user.value());
  body.set_email(order.email);
  for (const OrderLine& line : order.lines) {
    v1::PricedItem& item = *body.add_items();
    item.set_product_id(line.product.value());
    item.set_product_name(line.product_name);
    item.set_quantity(line.quantity);
    item.set_unit_price_minor(line.unit_price.minor_units);
  }
  body.set_amount_minor(order.total.minor_units);
  body.set_currency(order.total.currency);
  return body;
}

v1::OrderConfirmed ConfirmedOf(const OrderData& order, absl::Time at) {
  auto body = EndOf<v1::OrderConfirmed>(order);
  SetTimestamp(*body.mutable_confirmed_at(), at);
  return body;
}

v1::OrderCancelled CancelledOf(const OrderData& order, absl::Time at) {
  auto body = EndOf<v1::OrderCancelled>(order);
  if (order.reason) body.set_reason(std::string(NameOf(*order.reason)));
  SetTimestamp(*body.mutable_cancelled_at(), at);
  return body;
}

using What = decltype(SagaEvent::what);

// Parses the body, finds its order, and lets `what_of` tell what it means.
template <typename Body, typename WhatOf>
absl::StatusOr<SagaEvent> Decode(const events::IncomingEvent& event, WhatOf what_of) {
  const absl::StatusOr<Body> body = events::FromJson<Body>(event.payload);
  if (!body.ok()) return body.status();
  const absl::StatusOr<OrderId> order = OrderId::Parse(body->order_id());
  if (!order.ok()) {
    return absl::InvalidArgumentError(
        StrCat(event.type, ": orderId \"", body->order_id(), "\" is not a UUID"));
  }
  // Order and parking go by the key.
  if (event.key != order->ToString()) {
    return absl::InvalidArgumentError(
        StrCat(event.type, ": orderId \"", body->order_id(), "\" is not the record's key"));
  }
  absl::StatusOr<What> what = what_of(*body);
  if (!what.ok()) return what.status();
  return SagaEvent{.order = *order, .what = *std::move(what), .trace = event.trace};
}

absl::StatusOr<What> WhatOf(const v1::PaymentProcessed& body) {
  if (body.payment_status() == "declined") return PaymentDeclined{};
  if (body.payment_status() != "confirmed") {
    return absl::InvalidArgumentError(
        StrCat("paymentStatus \"", body.payment_status(), "\" is neither confirmed nor declined"));
  }
  const absl::StatusOr<PaymentId> payment = PaymentId::Parse(body.payment_id());
  if (!payment.ok()) {
    return absl::InvalidArgumentError(
        StrCat("paymentId \"", body.payment_id(), "\" is not a UUID"));
  }
  return PaymentConfirmed{*payment};
}

absl::StatusOr<What> WhatOf(const v1::InventoryUpdated& body) {
  if (body.status() == "items reserved") return ItemsReserved{};
  return absl::InvalidArgumentError(
      StrCat("status \"", body.status(), "\" is not \"items reserved\""));
}

absl::StatusOr<What> WhatOf(const v1::InventoryRejected&) { return ItemsRejected{}; }
absl::StatusOr<What> WhatOf(const v1::PaymentCaptured&) { return PaymentCaptured{}; }
absl::StatusOr<What> WhatOf(const v1::PaymentFailed&) { return PaymentFailed{}; }

using Decoder = absl::StatusOr<SagaEvent> (*)(const events::IncomingEvent&);

template <typename Body>
absl::StatusOr<SagaEvent> DecodeAs(const events::IncomingEvent& event) {
  return Decode<Body>(event, [](const Body& body) { return WhatOf(body); });
}

constexpr std::array<std::pair<std::string_view, Decoder>, 5> kDecoders = {{
    {"waybill.events.v1.PaymentProcessed", &DecodeAs<v1::PaymentProcessed>},
    {"waybill.events.v1.PaymentCaptured", &DecodeAs<v1::PaymentCaptured>},
    {"waybill.events.v1.PaymentFailed", &DecodeAs<v1::PaymentFailed>},
    {"waybill.events.v1.InventoryUpdated", &DecodeAs<v1::InventoryUpdated>},
    {"waybill.events.v1.InventoryRejected", &DecodeAs<v1::InventoryRejected>},
}};

}  // namespace

events::OutgoingEvent ProtoEventEncoder::Encode(const OrderData& order, const OrderEvent& event,
                                                const TraceContext& trace) const {
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
  }
  std::abort();
}

bool IsSagaEvent(std::string_view type) {
  for (const auto& [name, decoder] : kDecoders) {
    if (name == type) return true;
  }
  return false;
}

absl::StatusOr<SagaEvent> DecodeSagaEvent(const events::IncomingEvent& event) {
  for (const auto& [name, decoder] : kDecoders) {
    if (name == event.type) return decoder(event);
  }
  return absl::InvalidArgumentError(StrCat("event type ", event.type, " is not for orders"));
}

}  // namespace waybill::order_svc
