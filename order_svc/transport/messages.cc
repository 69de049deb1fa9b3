#include "order_svc/transport/messages.h"

#include <optional>

#include "platform/events/timestamp.h"

namespace waybill::order_svc {
namespace {

orders::v1::OrderState ToProto(OrderState state) {
  switch (state) {
    case OrderState::kPlaced:
      return orders::v1::ORDER_STATE_PLACED;
    case OrderState::kPaymentConfirmed:
      return orders::v1::ORDER_STATE_PAYMENT_CONFIRMED;
    case OrderState::kReserved:
      return orders::v1::ORDER_STATE_RESERVED;
    case OrderState::kConfirmed:
      return orders::v1::ORDER_STATE_CONFIRMED;
    case OrderState::kCancelled:
      return orders::v1::ORDER_STATE_CANCELLED;
  }
  return orders::v1::ORDER_STATE_UNSPECIFIED;
}

orders::v1::CancelReason ToProto(const std::optional<CancelReason>& reason) {
  if (!reason) return orders::v1::CANCEL_REASON_UNSPECIFIED;
  switch (*reason) {
    case CancelReason::kPaymentDeclined:
      return orders::v1::CANCEL_REASON_PAYMENT_DECLINED;
    case CancelReason::kOutOfStock:
      return orders::v1::CANCEL_REASON_OUT_OF_STOCK;
    case CancelReason::kCustomer:
      return orders::v1::CANCEL_REASON_CUSTOMER;
    case CancelReason::kTimedOut:
      return orders::v1::CANCEL_REASON_TIMED_OUT;
    case CancelReason::kPaymentFailed:
      return orders::v1::CANCEL_REASON_PAYMENT_FAILED;
  }
  return orders::v1::CANCEL_REASON_UNSPECIFIED;
}

orders::v1::RefundState ToProto(RefundState state) {
  switch (state) {
    case RefundState::kRequested:
      return orders::v1::REFUND_STATE_REQUESTED;
    case RefundState::kRefunded:
      return orders::v1::REFUND_STATE_REFUNDED;
    case RefundState::kFailed:
      return orders::v1::REFUND_STATE_FAILED;
  }
  return orders::v1::REFUND_STATE_UNSPECIFIED;
}

void SetMoney(common::v1::Money& out, const Money& money) {
  out.set_currency_code(money.currency.value());
  out.set_minor_units(money.minor_units);
}

}  // namespace

orders::v1::Order ToProto(const OrderData& order) {
  orders::v1::Order out;
  out.set_order_id(order.id.ToString());
  out.set_user_id(order.user.value());
  out.set_state(ToProto(order.state));
  out.set_cancel_reason(ToProto(order.reason));
  for (const OrderLine& line : order.lines) {
    orders::v1::OrderLine& added = *out.add_lines();
    added.set_product_id(line.product.value());
    added.set_quantity(line.quantity);
    SetMoney(*added.mutable_unit_price(), line.unit_price);
    added.set_product_name(line.product_name);
  }
  SetMoney(*out.mutable_total(), order.total);
  if (order.payment_id) out.set_payment_id(order.payment_id->ToString());
  *out.mutable_create_time() = ToTimestamp(order.placed_at);
  *out.mutable_update_time() = ToTimestamp(order.updated_at);
  SetMoney(*out.mutable_refunded(),
           {SumOf(order.refunds, RefundState::kRefunded), order.total.currency});
  for (const Refund& refund : order.refunds) *out.add_refunds() = ToProto(refund);
  if (order.shipped_at) *out.mutable_ship_time() = ToTimestamp(*order.shipped_at);
  return out;
}

orders::v1::Refund ToProto(const Refund& refund) {
  orders::v1::Refund out;
  out.set_refund_id(refund.id.ToString());
  SetMoney(*out.mutable_amount(), refund.amount);
  for (const auto& [product, quantity] : refund.items) {
    orders::v1::Item& item = *out.add_items();
    item.set_product_id(product.value());
    item.set_quantity(quantity);
  }
  out.set_state(ToProto(refund.state));
  out.set_failure_reason(refund.failure_reason);
  *out.mutable_create_time() = ToTimestamp(refund.requested_at);
  *out.mutable_update_time() = ToTimestamp(refund.updated_at);
  return out;
}

orders::v1::WatchOrderResponse ToProto(const OrderId& order, const Transition& transition) {
  orders::v1::WatchOrderResponse out;
  out.set_order_id(order.ToString());
  out.set_state(ToProto(transition.state));
  out.set_cancel_reason(ToProto(transition.reason));
  out.set_transition(transition.number);
  *out.mutable_transition_time() = ToTimestamp(transition.at);
  return out;
}

catalog::v1::Product ToProto(const Product& product) {
  catalog::v1::Product out;
  out.set_product_id(product.id.value());
  out.set_name(product.name);
  SetMoney(*out.mutable_unit_price(), product.unit_price);
  return out;
}

}  // namespace waybill::order_svc
