#include "inventory_svc/domain/reservation.h"

#include "platform/types/error.h"
#include "platform/types/strings.h"

namespace waybill::inventory_svc {

std::optional<StockEvent> Reservation::Apply(const OrderNews& event, Stock& stock) {
  switch (Note(event)) {
    case Move::kNone:
      break;
    case Move::kReserve:
      return Reserve(stock);
    case Move::kRelease:
      return Release(stock);
  }
  return std::nullopt;
}

Reservation::Move Reservation::Note(const OrderNews& event) {
  const bool was_held = data_.state == ReservationState::kReserved;
  switch (event.kind) {
    case OrderNews::Kind::kPlaced:
      if (data_.items_known) break;
      data_.items_known = items_are_new_ = true;
      data_.items = event.items;
      break;
    case OrderNews::Kind::kPaymentConfirmed:
      data_.payment_confirmed = true;
      break;
    case OrderNews::Kind::kPaymentDeclined:
      break;
    case OrderNews::Kind::kConfirmed:
      data_.order_confirmed = true;
      break;
    case OrderNews::Kind::kCancelled:
      if (data_.state == ReservationState::kShipped) {
        cancelled_too_late_ = true;
        return Move::kNone;
      }
      data_.state = ReservationState::kReleased;
      return was_held ? Move::kRelease : Move::kNone;
  }
  const bool is_ready =
      data_.state == ReservationState::kWaiting && data_.items_known && data_.payment_confirmed;
  return is_ready ? Move::kReserve : Move::kNone;
}

StockEvent Reservation::Reserve(Stock& stock) {
  StockEvent event{.order = data_.order, .sequence = ++data_.event_sequence};
  event.shortages = Allocate(stock, data_.items);
  if (event.shortages.empty()) {
    data_.state = ReservationState::kReserved;
    event.kind = StockEvent::Kind::kItemsReserved;
    event.items = data_.items;
  } else {
    data_.state = ReservationState::kRejected;
    event.kind = StockEvent::Kind::kRejected;
  }
  return event;
}

StockEvent Reservation::Release(Stock& stock) {
  GiveBack(stock, data_.items);
  return {.kind = StockEvent::Kind::kReleased,
          .order = data_.order,
          .sequence = ++data_.event_sequence,
          .items = data_.items};
}

absl::StatusOr<std::optional<StockEvent>> Reservation::Ship(Stock& stock, absl::Time now) {
  const auto refused = [&](const char* reason, const char* why) {
    return MakeError(absl::StatusCode::kFailedPrecondition, reason,
                     StrCat("order ", data_.order.ToString(), " ", why));
  };
  switch (data_.state) {
    case ReservationState::kShipped:
      return std::nullopt;
    case ReservationState::kReleased:
      return refused("ORDER_CANCELLED", "was cancelled");
    case ReservationState::kWaiting:
    case ReservationState::kRejected:
      return refused("NOT_RESERVED", "has no reserved units");
    case ReservationState::kReserved:
      break;
  }
  if (!data_.order_confirmed) {
    return refused("ORDER_NOT_CONFIRMED",
                   "is not confirmed, or inventory_svc has not received the confirmation yet");
  }
  TakeOut(stock, data_.items);
  data_.state = ReservationState::kShipped;
  data_.shipped_at = absl::FromUnixMicros(absl::ToUnixMicros(now));
  return StockEvent{.kind = StockEvent::Kind::kShipped,
                    .order = data_.order,
                    .sequence = ++data_.event_sequence,
                    .items = data_.items,
                    .at = *data_.shipped_at};
}

std::set<Sku> SkusNeeded(Reservations reservations, absl::Span<const OrderNews> events) {
  // No stock is needed here: which SKUs an order's events read doesn't depend on whether the
  // order gets its items.
  std::set<Sku> skus;
  for (const OrderNews& event : events) {
    Reservation& reservation = reservations.at(event.order);
    if (reservation.Note(event) == Reservation::Move::kNone) continue;
    for (const auto& [sku, quantity] : reservation.data().items) skus.insert(sku);
  }
  return skus;
}

}  // namespace waybill::inventory_svc
