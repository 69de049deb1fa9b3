#include "notification_svc/transport/event_mapping.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "platform/events/json.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::notification_svc {
namespace {

namespace v1 = waybill::events::v1;

template <typename Message>
bool IsA(const std::string& type) {
  return type == Message::descriptor()->full_name();
}

bool IsCurrency(const std::string& text) {
  return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool IsAmount(std::int64_t minor_units) {
  return minor_units >= 0 && minor_units <= kMaxMinorUnits;
}

absl::StatusOr<OrderLine> ToLine(const v1::PricedItem& item, const std::string& currency) {
  if (item.quantity() <= 0) return absl::InvalidArgumentError("quantity is not over 0");
  if (!IsAmount(item.unit_price_minor())) {
    return absl::InvalidArgumentError("unitPriceMinor is out of range");
  }
  const Money unit_price{item.unit_price_minor(), currency};
  const absl::StatusOr<Money> price = Multiply(unit_price, item.quantity());
  if (!price.ok()) return absl::InvalidArgumentError(price.status().message());
  return OrderLine{item.product_name(), item.quantity(), unit_price, *price};
}

// What OrderConfirmed and OrderCancelled have in common.
template <typename Message>
absl::StatusOr<OrderSummary> ToSummary(const Message& message, const std::string& key) {
  const absl::StatusOr<OrderId> order = OrderId::Parse(message.order_id());
  if (!order.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("orderId: ", order.status().message()));
  }
  if (order->ToString() != key) {
    return absl::InvalidArgumentError("orderId: not the order that the record's key names");
  }
  if (!IsCurrency(message.currency())) return absl::InvalidArgumentError("currency: not one");
  if (!IsAmount(message.amount_minor()))
    return absl::InvalidArgumentError("amountMinor: out of range");
  if (message.items().empty()) return absl::InvalidArgumentError("items: there are none");

  OrderSummary summary{
      .order = *order, .lines = {}, .total = {message.amount_minor(), message.currency()}};
  for (int i = 0; i < message.items_size(); ++i) {
    absl::StatusOr<OrderLine> line = ToLine(message.items(i), message.currency());
    if (!line.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("items[", i, "]: ", line.status().message()));
    }
    summary.lines.push_back(*std::move(line));
  }
  return summary;
}

template <typename Message>
absl::StatusOr<OrderNews> ToNews(const events::IncomingEvent& event, const Message& message,
                                 OrderNews::Kind kind) {
  if (event.sequence <= 0) return absl::InvalidArgumentError("ce_sequence: missing");
  absl::StatusOr<OrderSummary> summary = ToSummary(message, event.key);
  if (!summary.ok()) return summary.status();
  absl::StatusOr<MailAddress> recipient = MailAddress::Parse(message.email());
  if (!recipient.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("email: ", recipient.status().message()));
  }
  return OrderNews{.kind = kind,
                   .event = event.id,
                   .sequence = event.sequence,
                   .recipient = *std::move(recipient),
                   .order = *std::move(summary),
                   .cancel_reason = {},
                   .trace = event.trace};
}

absl::StatusOr<OrderNews> MapConfirmed(const events::IncomingEvent& event) {
  const absl::StatusOr<v1::OrderConfirmed> message =
      events::FromJson<v1::OrderConfirmed>(event.payload);
  if (!message.ok()) return message.status();
  return ToNews(event, *message, OrderNews::Kind::kConfirmed);
}

absl::StatusOr<OrderNews> MapCancelled(const events::IncomingEvent& event) {
  const absl::StatusOr<v1::OrderCancelled> message =
      events::FromJson<v1::OrderCancelled>(event.payload);
  if (!message.ok()) return message.status();
  absl::StatusOr<OrderNews> news = ToNews(event, *message, OrderNews::Kind::kCancelled);
  if (news.ok()) news->cancel_reason = message->reason();
  return news;
}

}  // namespace

bool IsOrderNews(const std::string& type) {
  return IsA<v1::OrderConfirmed>(type) || IsA<v1::OrderCancelled>(type);
}

absl::StatusOr<OrderNews> ToOrderNews(const events::IncomingEvent& event) {
  if (IsA<v1::OrderConfirmed>(event.type)) return MapConfirmed(event);
  if (IsA<v1::OrderCancelled>(event.type)) return MapCancelled(event);
  return absl::InvalidArgumentError(absl::StrCat("unknown event type ", event.type));
}

}  // namespace waybill::notification_svc
