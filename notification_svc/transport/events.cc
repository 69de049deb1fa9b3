#include "notification_svc/transport/events.h"

#include <utility>

#include "platform/events/topics.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::notification_svc {
namespace {

namespace v1 = ::waybill::events::v1;

bool IsAmount(std::int64_t minor_units) {
  return minor_units >= 0 && minor_units <= kMaxMinorUnits;
}

absl::StatusOr<OrderLine> LineOf(const v1::PricedItem& item, const Currency& currency) {
  if (item.quantity() <= 0) return absl::InvalidArgumentError("quantity is not over 0");
  if (!IsAmount(item.unit_price_minor())) {
    return absl::InvalidArgumentError("unitPriceMinor is out of range");
  }
  const Money unit_price{item.unit_price_minor(), currency};
  const absl::StatusOr<Money> price = Multiply(unit_price, item.quantity());
  if (!price.ok()) return absl::InvalidArgumentError(price.status().message());
  return OrderLine{item.product_name(), item.quantity(), unit_price, *price};
}

template <typename Body>
absl::StatusOr<OrderSummary> SummaryOf(const OrderId& order, const Body& body) {
  const absl::StatusOr<Currency> currency = Currency::Parse(body.currency());
  if (!currency.ok()) return events::InvalidField("currency", currency.status());
  if (!IsAmount(body.amount_minor())) {
    return absl::InvalidArgumentError("amountMinor is out of range");
  }
  if (body.items().empty()) return absl::InvalidArgumentError("items is empty");
  OrderSummary summary{.order = order, .lines = {}, .total = {body.amount_minor(), *currency}};
  for (int i = 0; i < body.items_size(); ++i) {
    absl::StatusOr<OrderLine> line = LineOf(body.items(i), *currency);
    if (!line.ok()) {
      return absl::InvalidArgumentError(StrCat("items[", i, "]: ", ToStd(line.status().message())));
    }
    summary.lines.push_back(*std::move(line));
  }
  return summary;
}

// What OrderConfirmed, OrderCancelled and OrderRefunded have in common.
template <typename Body>
absl::StatusOr<OrderNews> NewsOf(OrderNews::Kind kind, const OrderId& order, const Body& body,
                                 const events::IncomingEvent& event) {
  if (event.sequence <= 0) return absl::InvalidArgumentError("ce_sequence is missing");
  ASSIGN_OR_RETURN(OrderSummary summary, SummaryOf(order, body));
  absl::StatusOr<EmailAddress> recipient = EmailAddress::Parse(body.email());
  if (!recipient.ok()) return events::InvalidField("email", recipient.status());
  return OrderNews{.kind = kind,
                   .event = event.id,
                   .sequence = event.sequence,
                   .recipient = *std::move(recipient),
                   .order = std::move(summary),
                   .cancel_reason = {},
                   .refund = {},
                   .refunded = {},
                   .trace = event.trace};
}

absl::StatusOr<OrderNews> FromConfirmed(const OrderId& order, const v1::OrderConfirmed& body,
                                        const events::IncomingEvent& event) {
  return NewsOf(OrderNews::Kind::kConfirmed, order, body, event);
}

absl::StatusOr<OrderNews> FromCancelled(const OrderId& order, const v1::OrderCancelled& body,
                                        const events::IncomingEvent& event) {
  ASSIGN_OR_RETURN(OrderNews news, NewsOf(OrderNews::Kind::kCancelled, order, body, event));
  news.cancel_reason = body.reason();
  return news;
}

absl::StatusOr<OrderNews> FromRefunded(const OrderId& order, const v1::OrderRefunded& body,
                                       const events::IncomingEvent& event) {
  ASSIGN_OR_RETURN(OrderNews news, NewsOf(OrderNews::Kind::kRefunded, order, body, event));
  if (!IsAmount(body.refund_amount_minor()) || !IsAmount(body.refunded_minor())) {
    return absl::InvalidArgumentError("refundAmountMinor or refundedMinor is out of range");
  }
  news.refund = {body.refund_amount_minor(), news.order.total.currency};
  news.refunded = {body.refunded_minor(), news.order.total.currency};
  return news;
}

}  // namespace

std::vector<std::string> Topics() { return {events::kOrdersTopic}; }

const events::Decoders<OrderNews>& EventDecoders() {
  static const auto& decoders = *new events::Decoders<OrderNews>{events::DecoderOf(&FromConfirmed),
                                                                 events::DecoderOf(&FromCancelled),
                                                                 events::DecoderOf(&FromRefunded)};
  return decoders;
}

}  // namespace waybill::notification_svc
