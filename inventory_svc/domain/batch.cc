#include "inventory_svc/domain/batch.h"

#include <utility>

namespace waybill::inventory_svc {
namespace {

// Writes down the news; true when stock that was held is to be given back.
bool Note(Reservation& reservation, const OrderEvent& event) {
  switch (event.kind) {
    case OrderEvent::Kind::kPlaced:
      reservation.LearnItems(event.items);
      return false;
    case OrderEvent::Kind::kPaymentConfirmed:
      reservation.ConfirmPayment();
      return false;
    case OrderEvent::Kind::kCancelled:
      return reservation.Cancel();
  }
  return false;
}

StockEvent Release(Reservation& reservation, Stock& stock) {
  GiveBack(stock, reservation.row().items);
  return {.kind = StockEvent::Kind::kReleased,
          .order = reservation.row().order,
          .sequence = reservation.NextEventSequence(),
          .items = reservation.row().items};
}

StockEvent Reserve(Reservation& reservation, Stock& stock) {
  const Demand demand{reservation.row().order, reservation.row().items};
  Decision decision = std::move(Allocate(stock, {&demand, 1}).front());
  reservation.Resolve(decision);
  StockEvent event{.order = demand.order, .sequence = reservation.NextEventSequence()};
  if (decision.reserved()) {
    event.kind = StockEvent::Kind::kItemsReserved;
    event.items = demand.items;
  } else {
    event.kind = StockEvent::Kind::kRejected;
    event.shortages = std::move(decision.shortages);
  }
  return event;
}

}  // namespace

std::set<Sku> SkusNeeded(const Reservations& reservations, absl::Span<const OrderEvent> events) {
  Reservations ahead;
  std::set<Sku> skus;
  for (const OrderEvent& event : events) {
    auto [entry, first] = ahead.try_emplace(event.order, reservations.at(event.order));
    Reservation& reservation = entry->second;
    const bool gives_back = Note(reservation, event);
    if (!gives_back && !reservation.ReadyToReserve()) continue;
    for (const auto& [sku, quantity] : reservation.row().items) skus.insert(sku);
  }
  return skus;
}

std::vector<StockEvent> Decide(Reservations& reservations, Stock& stock,
                               absl::Span<const OrderEvent> events) {
  std::vector<StockEvent> outcomes;
  for (std::size_t i = 0; i < events.size(); ++i) {
    Reservation& reservation = reservations.at(events[i].order);
    if (Note(reservation, events[i])) {
      outcomes.push_back(Release(reservation, stock));
    } else if (reservation.ReadyToReserve()) {
      outcomes.push_back(Reserve(reservation, stock));
    } else {
      continue;
    }
    outcomes.back().cause = i;
  }
  return outcomes;
}

}  // namespace waybill::inventory_svc
