#include "inventory_svc/transport/events.h"

#include <cstdlib>
#include <utility>

#include "platform/events/timestamp.h"
#include "platform/events/topics.h"
#include "platform/types/strings.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::inventory_svc {
namespace {

namespace v1 = ::waybill::events::v1;

constexpr char kSource[] = "inventory_svc";

// The same product on several lines counts together.
absl::StatusOr<Quantities> QuantitiesOf(const v1::OrderPlaced& body) {
  if (body.items().empty()) return absl::InvalidArgumentError("items is empty");
  Quantities quantities;
  for (int i = 0; i < body.items_size(); ++i) {
    const v1::Item& item = body.items(i);
    const absl::StatusOr<Sku> sku = Sku::Parse(item.product_id());
    if (!sku.ok()) return events::InvalidField(StrCat("items[", i, "].productId"), sku.status());
    if (item.quantity() <= 0) {
      return absl::InvalidArgumentError(
          StrCat("items[", i, "].quantity is ", item.quantity(), ", which is not over 0"));
    }
    std::int64_t& quantity = quantities[*sku];
    quantity += item.quantity();
    if (quantity > kMaxQuantity) {
      return absl::InvalidArgumentError(
          StrCat("items wants more than ", kMaxQuantity, " of ", sku->value()));
    }
  }
  return quantities;
}

TracedOrderNews Traced(OrderNews order_event, const events::IncomingEvent& event) {
  return {.event = std::move(order_event), .trace = event.trace};
}

absl::StatusOr<TracedOrderNews> FromOrderPlaced(const OrderId& order, const v1::OrderPlaced& body,
                                                const events::IncomingEvent& event) {
  ASSIGN_OR_RETURN(Quantities items, QuantitiesOf(body));
  return Traced({OrderNews::Kind::kPlaced, order, std::move(items)}, event);
}

absl::StatusOr<TracedOrderNews> FromPaymentProcessed(const OrderId& order,
                                                     const v1::PaymentProcessed& body,
                                                     const events::IncomingEvent& event) {
  if (body.payment_status() == "confirmed") {
    return Traced({OrderNews::Kind::kPaymentConfirmed, order}, event);
  }
  if (body.payment_status() == "declined") {
    return Traced({OrderNews::Kind::kPaymentDeclined, order}, event);
  }
  return absl::InvalidArgumentError(
      StrCat("paymentStatus \"", body.payment_status(), "\" is neither confirmed nor declined"));
}

absl::StatusOr<TracedOrderNews> FromOrderCancelled(const OrderId& order, const v1::OrderCancelled&,
                                                   const events::IncomingEvent& event) {
  return Traced({OrderNews::Kind::kCancelled, order}, event);
}

absl::StatusOr<TracedOrderNews> FromOrderConfirmed(const OrderId& order, const v1::OrderConfirmed&,
                                                   const events::IncomingEvent& event) {
  return Traced({OrderNews::Kind::kConfirmed, order}, event);
}

template <typename Body>
Body BodyOf(const StockEvent& event) {
  Body body;
  body.set_order_id(event.order.ToString());
  for (const auto& [sku, quantity] : event.items) {
    v1::Item& item = *body.add_items();
    item.set_product_id(sku.value());
    item.set_quantity(static_cast<std::int32_t>(quantity));
  }
  return body;
}

v1::InventoryUpdated ReservedOf(const StockEvent& event) {
  auto body = BodyOf<v1::InventoryUpdated>(event);
  body.set_status("items reserved");
  return body;
}

v1::OrderShipped ShippedOf(const StockEvent& event) {
  auto body = BodyOf<v1::OrderShipped>(event);
  *body.mutable_shipped_at() = ToTimestamp(event.at);
  return body;
}

v1::InventoryRejected RejectedOf(const StockEvent& event) {
  v1::InventoryRejected body;
  body.set_order_id(event.order.ToString());
  for (const Shortage& shortage : event.shortages) {
    v1::Shortage& added = *body.add_shortages();
    added.set_product_id(shortage.sku.value());
    added.set_wanted(shortage.wanted);
    added.set_available(shortage.available);
  }
  return body;
}

}  // namespace

std::vector<std::string> Topics() { return {events::kOrdersTopic, events::kPaymentsTopic}; }

const events::Decoders<TracedOrderNews>& EventDecoders() {
  static const auto& decoders = *new events::Decoders<TracedOrderNews>{
      events::DecoderOf(&FromOrderPlaced), events::DecoderOf(&FromPaymentProcessed),
      events::DecoderOf(&FromOrderConfirmed), events::DecoderOf(&FromOrderCancelled)};
  return decoders;
}

events::OutgoingEvent Encode(const StockEvent& event, const TraceContext& trace) {
  const auto make = [&](const google::protobuf::Message& body) {
    return events::MakeEvent(events::kInventoryTopic, kSource, event.order, event.sequence, trace,
                             body);
  };
  switch (event.kind) {
    case StockEvent::Kind::kItemsReserved:
      return make(ReservedOf(event));
    case StockEvent::Kind::kRejected:
      return make(RejectedOf(event));
    case StockEvent::Kind::kReleased:
      return make(BodyOf<v1::StockReleased>(event));
    case StockEvent::Kind::kShipped:
      return make(ShippedOf(event));
  }
  std::abort();
}

}  // namespace waybill::inventory_svc
