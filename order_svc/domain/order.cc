#include "order_svc/domain/order.h"

#include <algorithm>

#include "platform/types/error.h"
#include "platform/types/provider_amount.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::order_svc {
namespace {

// A user's list is sorted by id, so id and placed_at take one clock reading and one precision, the
// milliseconds of a version 7 UUID.
absl::Time ToMilliseconds(absl::Time time) {
  return absl::FromUnixMillis(absl::ToUnixMillis(time));
}

OrderId NewIdAt(absl::Time placed_at) {
  constexpr std::size_t kTimestampBytes = 6;
  Uuid::Bytes bytes = Uuid::NewV7().bytes();
  std::ranges::copy_n(Uuid::LowestV7(placed_at).bytes().begin(), kTimestampBytes, bytes.begin());
  return OrderId(Uuid(bytes));
}

absl::Time ToMicroseconds(absl::Time time) {
  return absl::FromUnixMicros(absl::ToUnixMicros(time));
}

std::string FieldOf(std::size_t line, std::string_view field) {
  return StrCat("items[", line, "].", field);
}

std::vector<FieldViolation> ViolationsOf(const std::vector<OrderLine>& lines) {
  std::vector<FieldViolation> violations;
  if (lines.empty() || lines.size() > kMaxLines) {
    return {{"items", StrCat("has ", lines.size(), " lines, outside 1 to ", kMaxLines)}};
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const OrderLine& line = lines[i];
    if (line.quantity < 1 || line.quantity > kMaxQuantity) {
      violations.push_back(
          {FieldOf(i, "quantity"), StrCat("is ", line.quantity, ", outside 1 to ", kMaxQuantity)});
    }
    if (line.unit_price.currency != lines.front().unit_price.currency) {
      violations.push_back(
          {FieldOf(i, "product_id"),
           StrCat("is priced in ", line.unit_price.currency.value(), ", the first line in ",
                  lines.front().unit_price.currency.value(), ": an order has one currency")});
    }
  }
  return violations;
}

absl::StatusOr<Money> TotalOf(const std::vector<OrderLine>& lines) {
  Money total{0, lines.front().unit_price.currency};
  for (const OrderLine& line : lines) {
    absl::StatusOr<Money> price = Multiply(line.unit_price, line.quantity);
    if (price.ok()) price = Add(total, *price);
    if (!price.ok()) {
      return InvalidFields({{"items", StrCat("the order's total is over ", kMaxMinorUnits,
                                             " minor units of ", total.currency.value())}});
    }
    total = *std::move(price);
  }
  if (const auto amount = ToProviderAmount(total); !amount.ok()) {
    return InvalidFields({{"items", StrCat("the order's total ", amount.status().message())}});
  }
  return total;
}

}  // namespace

absl::StatusOr<Order> Order::Place(NewOrder order) {
  const std::vector<FieldViolation> violations = ViolationsOf(order.lines);
  if (!violations.empty()) return InvalidFields(violations);
  ASSIGN_OR_RETURN(Money total, TotalOf(order.lines));

  OrderData data;
  data.placed_at = ToMilliseconds(order.placed_at);
  data.id = NewIdAt(data.placed_at);
  data.user = std::move(order.user);
  data.email = std::move(order.email);
  data.payment_method = std::move(order.payment_method);
  data.lines = std::move(order.lines);
  data.total = std::move(total);
  data.updated_at = data.placed_at;
  data.deadline_at = ToMicroseconds(order.deadline_at);
  Order placed(std::move(data));
  placed.Enter(OrderState::kPlaced, std::nullopt, placed.data_.placed_at);
  placed.Emit(OrderEventKind::kPlaced);
  return placed;
}

OrderData Order::AsPlaced() const {
  OrderData placed = data_;
  placed.state = OrderState::kPlaced;
  placed.reason.reset();
  placed.payment_confirmed = placed.items_reserved = placed.payment_captured = false;
  placed.payment_id.reset();
  placed.event_sequence = 1;
  placed.transition = 1;
  placed.updated_at = placed.placed_at;
  placed.refunds.clear();
  placed.shipped_at.reset();
  return placed;
}

OrderData Order::AsCancelled() const {
  OrderData cancelled = data_;
  cancelled.shipped_at.reset();
  for (Refund& refund : cancelled.refunds) {
    if (refund.updated_at > cancelled.updated_at) refund = AsRequested(std::move(refund));
  }
  return cancelled;
}

bool Order::IsAtEnd() const {
  return data_.state == OrderState::kConfirmed || data_.state == OrderState::kCancelled;
}

void Order::OnPaymentConfirmed(const PaymentId& payment, absl::Time now) {
  if (IsAtEnd() || data_.payment_confirmed) return;
  data_.payment_confirmed = true;
  data_.payment_id = payment;
  changed_ = true;
  Advance(now);
}

void Order::OnPaymentDeclined(absl::Time now) {
  CancelUnlessAtEnd(CancelReason::kPaymentDeclined, now);
}

void Order::OnItemsReserved(absl::Time now) {
  if (IsAtEnd() || data_.items_reserved) return;
  data_.items_reserved = true;
  changed_ = true;
  Advance(now);
}

void Order::OnItemsRejected(absl::Time now) { CancelUnlessAtEnd(CancelReason::kOutOfStock, now); }

void Order::OnPaymentCaptured(absl::Time now) {
  if (IsAtEnd() || data_.payment_captured) return;
  data_.payment_captured = true;
  changed_ = true;
  Advance(now);
}

void Order::OnPaymentFailed(absl::Time now) {
  CancelUnlessAtEnd(CancelReason::kPaymentFailed, now);
}

absl::Status Order::Cancel(CancelReason reason, absl::Time now) {
  if (data_.state == OrderState::kCancelled) {
    if (data_.reason == reason) return absl::OkStatus();
    return MakeError(
        absl::StatusCode::kFailedPrecondition, "ALREADY_CANCELLED",
        StrCat("order ", data_.id.ToString(), " was cancelled before: ", NameOf(*data_.reason)));
  }
  if (data_.state == OrderState::kConfirmed && reason != CancelReason::kCustomer) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "ALREADY_CONFIRMED",
                     StrCat("order ", data_.id.ToString(), " is confirmed"));
  }
  if (data_.shipped_at && reason == CancelReason::kCustomer) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, "ALREADY_SHIPPED",
        StrCat("order ", data_.id.ToString(), " was shipped, so it can only be refunded"));
  }
  Enter(OrderState::kCancelled, reason, now);
  Emit(OrderEventKind::kCancelled);
  return absl::OkStatus();
}

void Order::OnShipped(absl::Time at) {
  if (data_.shipped_at) return;
  data_.shipped_at = ToMicroseconds(at);
  shipped_now_ = changed_ = true;
}

absl::StatusOr<Refund> Order::RequestRefund(const NewRefund& wanted, absl::Time now) {
  if (data_.state != OrderState::kConfirmed) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "ORDER_NOT_CONFIRMED",
                     StrCat("order ", data_.id.ToString(), " is ", NameOf(data_.state),
                            "; only a confirmed order can be refunded"));
  }
  ASSIGN_OR_RETURN(Refund refund, MakeRefund(data_.lines, data_.total, data_.refunds, wanted,
                                             ToMicroseconds(now)));
  data_.refunds.push_back(refund);
  new_refunds_.push_back(refund);
  changed_ = true;
  events_.push_back({.kind = OrderEventKind::kRefundRequested,
                     .sequence = ++data_.event_sequence,
                     .at = refund.requested_at,
                     .refund = refund.id});
  return refund;
}

absl::Status Order::OnRefunded(const RefundId& refund, absl::Time now) {
  ASSIGN_OR_RETURN(const Refund* ended, EndRefund(refund, RefundState::kRefunded, "", now));
  if (ended == nullptr) return absl::OkStatus();
  events_.push_back({.kind = OrderEventKind::kRefunded,
                     .sequence = ++data_.event_sequence,
                     .at = ended->updated_at,
                     .refund = refund,
                     .refunded = SumOf(data_.refunds, RefundState::kRefunded)});
  return absl::OkStatus();
}

absl::Status Order::OnRefundFailed(const RefundId& refund, const std::string& reason,
                                   absl::Time now) {
  return EndRefund(refund, RefundState::kFailed, reason, now).status();
}

absl::StatusOr<const Refund*> Order::EndRefund(const RefundId& id, RefundState state,
                                               const std::string& reason, absl::Time now) {
  const auto refund = std::ranges::find(data_.refunds, id, &Refund::id);
  if (refund == data_.refunds.end()) {
    return absl::InvalidArgumentError(
        StrCat("order ", data_.id.ToString(), " has no refund ", id.ToString()));
  }
  if (refund->state != RefundState::kRequested) return nullptr;
  refund->state = state;
  refund->failure_reason = reason;
  // After the last transition, whatever the clocks say: by this AsCancelled knows what came later.
  refund->updated_at = std::max(
      {refund->requested_at, ToMicroseconds(now), data_.updated_at + absl::Microseconds(1)});
  ended_refunds_.push_back(*refund);
  changed_ = true;
  return &*refund;
}

void Order::Advance(absl::Time now) {
  if (data_.state == OrderState::kPlaced && data_.payment_confirmed) {
    Enter(OrderState::kPaymentConfirmed, std::nullopt, now);
  }
  if (data_.state == OrderState::kPaymentConfirmed && data_.items_reserved) {
    Enter(OrderState::kReserved, std::nullopt, now);
  }
  if (data_.state == OrderState::kReserved && data_.payment_captured) {
    Enter(OrderState::kConfirmed, std::nullopt, now);
    Emit(OrderEventKind::kConfirmed);
  }
}

void Order::CancelUnlessAtEnd(CancelReason reason, absl::Time now) {
  if (IsAtEnd()) return;
  Enter(OrderState::kCancelled, reason, now);
  Emit(OrderEventKind::kCancelled);
}

void Order::Enter(OrderState state, std::optional<CancelReason> reason, absl::Time now) {
  data_.state = state;
  data_.reason = reason;
  ++data_.transition;
  // Instances' clocks differ; an order's own time never goes back.
  data_.updated_at = std::max(data_.updated_at, ToMicroseconds(now));
  for (const Refund& refund : data_.refunds) {
    data_.updated_at = std::max(data_.updated_at, refund.updated_at);
  }
  changed_ = true;
  transitions_.push_back({.number = data_.transition,
                          .state = data_.state,
                          .reason = data_.reason,
                          .at = data_.updated_at});
}

void Order::Emit(OrderEventKind kind) {
  ++data_.event_sequence;
  events_.push_back({.kind = kind, .sequence = data_.event_sequence, .at = data_.updated_at});
}

}  // namespace waybill::order_svc
