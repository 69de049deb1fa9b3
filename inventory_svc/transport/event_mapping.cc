#include "inventory_svc/transport/event_mapping.h"

#include <google/protobuf/repeated_field.h>

#include <algorithm>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "platform/events/json.h"
#include "platform/events/topics.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::inventory_svc {
namespace {

namespace v1 = waybill::events::v1;

constexpr char kSource[] = "inventory_svc";
constexpr std::size_t kMaxSkuSize = 64;

template <typename Message>
bool IsA(const std::string& type) {
  return type == Message::descriptor()->full_name();
}

bool IsSku(std::string_view text) {
  return !text.empty() && text.size() <= kMaxSkuSize && std::ranges::all_of(text, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
  });
}

// The same product on several lines counts together.
absl::StatusOr<Quantities> ToQuantities(const google::protobuf::RepeatedPtrField<v1::Item>& items) {
  if (items.empty()) return absl::InvalidArgumentError("items: there are none");
  Quantities quantities;
  for (int i = 0; i < items.size(); ++i) {
    const v1::Item& item = items[i];
    if (!IsSku(item.product_id())) {
      return absl::InvalidArgumentError(absl::StrCat("items[", i, "].productId: not a product id"));
    }
    if (item.quantity() <= 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("items[", i, "].quantity: ", item.quantity(), " is not over 0"));
    }
    std::int64_t& quantity = quantities[Sku(item.product_id())];
    quantity += item.quantity();
    if (quantity > kMaxQuantity) {
      return absl::InvalidArgumentError(
          absl::StrCat("items: more than ", kMaxQuantity, " of ", item.product_id()));
    }
  }
  return quantities;
}

// The body as a message of its type, for the order its key names.
template <typename Message>
absl::StatusOr<Message> Parse(const events::IncomingEvent& event, OrderId& order) {
  absl::StatusOr<Message> message = events::FromJson<Message>(event.payload);
  if (!message.ok()) return message;
  const absl::StatusOr<OrderId> id = OrderId::Parse(message->order_id());
  if (!id.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("orderId: ", id.status().message()));
  }
  if (id->ToString() != event.key) {
    return absl::InvalidArgumentError("orderId: not the order that the record's key names");
  }
  order = *id;
  return message;
}

using Mapped = absl::StatusOr<std::optional<OrderEvent>>;

Mapped MapPlaced(const events::IncomingEvent& event) {
  OrderEvent mapped{.kind = OrderEvent::Kind::kPlaced};
  const absl::StatusOr<v1::OrderPlaced> placed = Parse<v1::OrderPlaced>(event, mapped.order);
  if (!placed.ok()) return placed.status();
  absl::StatusOr<Quantities> items = ToQuantities(placed->items());
  if (!items.ok()) return items.status();
  mapped.items = *std::move(items);
  return mapped;
}

Mapped MapPayment(const events::IncomingEvent& event) {
  OrderEvent mapped{.kind = OrderEvent::Kind::kPaymentConfirmed};
  const absl::StatusOr<v1::PaymentProcessed> payment =
      Parse<v1::PaymentProcessed>(event, mapped.order);
  if (!payment.ok()) return payment.status();
  if (payment->payment_status() == "confirmed") return mapped;
  if (payment->payment_status() == "declined") return std::nullopt;
  return absl::InvalidArgumentError("paymentStatus: neither \"confirmed\" nor \"declined\"");
}

Mapped MapCancelled(const events::IncomingEvent& event) {
  OrderEvent mapped{.kind = OrderEvent::Kind::kCancelled};
  const absl::StatusOr<v1::OrderCancelled> cancelled =
      Parse<v1::OrderCancelled>(event, mapped.order);
  if (!cancelled.ok()) return cancelled.status();
  return mapped;
}

template <typename Message>
void AddItems(const Quantities& items, Message& message) {
  for (const auto& [sku, quantity] : items) {
    v1::Item& item = *message.add_items();
    item.set_product_id(sku.value());
    item.set_quantity(static_cast<std::int32_t>(quantity));
  }
}

events::OutgoingEvent Outgoing(const OutgoingChange& change,
                               const google::protobuf::Message& message) {
  return events::MakeEvent(events::kInventoryTopic, kSource, change.event.order,
                           change.event.sequence, change.trace, message);
}

events::OutgoingEvent OutgoingReserved(const OutgoingChange& change) {
  v1::InventoryUpdated message;
  message.set_order_id(change.event.order.ToString());
  message.set_status("items reserved");
  AddItems(change.event.items, message);
  return Outgoing(change, message);
}

events::OutgoingEvent OutgoingRejected(const OutgoingChange& change) {
  v1::InventoryRejected message;
  message.set_order_id(change.event.order.ToString());
  for (const Shortage& shortage : change.event.shortages) {
    v1::Shortage& out = *message.add_shortages();
    out.set_product_id(shortage.sku.value());
    out.set_wanted(shortage.wanted);
    out.set_available(shortage.available);
  }
  return Outgoing(change, message);
}

events::OutgoingEvent OutgoingReleased(const OutgoingChange& change) {
  v1::StockReleased message;
  message.set_order_id(change.event.order.ToString());
  AddItems(change.event.items, message);
  return Outgoing(change, message);
}

}  // namespace

bool IsOrderEvent(const std::string& type) {
  return IsA<v1::OrderPlaced>(type) || IsA<v1::PaymentProcessed>(type) ||
         IsA<v1::OrderCancelled>(type);
}

Mapped ToOrderEvent(const events::IncomingEvent& event) {
  if (IsA<v1::OrderPlaced>(event.type)) return MapPlaced(event);
  if (IsA<v1::PaymentProcessed>(event.type)) return MapPayment(event);
  if (IsA<v1::OrderCancelled>(event.type)) return MapCancelled(event);
  return absl::InvalidArgumentError(absl::StrCat("unknown event type ", event.type));
}

events::OutgoingEvent ToOutgoing(const OutgoingChange& change) {
  switch (change.event.kind) {
    case StockEvent::Kind::kItemsReserved:
      return OutgoingReserved(change);
    case StockEvent::Kind::kRejected:
      return OutgoingRejected(change);
    case StockEvent::Kind::kReleased:
      break;
  }
  return OutgoingReleased(change);
}

}  // namespace waybill::inventory_svc
