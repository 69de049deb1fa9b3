#include "inventory_svc/application/apply_events.h"

#include <optional>
#include <set>
#include <utility>

#include "platform/types/status_macros.h"

namespace waybill::inventory_svc {

absl::StatusOr<ApplyEvents::Outcome> ApplyEvents::Run(Stores& stores,
                                                      absl::Span<const TracedOrderNews> changes) {
  std::vector<OrderNews> events;
  std::set<OrderId> orders;
  for (const auto& [event, trace] : changes) {
    // Changes nothing here, so it alone creates no row.
    if (event.kind == OrderNews::Kind::kPaymentDeclined) continue;
    events.push_back(event);
    orders.insert(event.order);
  }
  if (events.empty()) return Outcome();
  Reservations reservations = stores.reservations.Lock(orders);
  Stock stock = stores.stock.Lock(SkusNeeded(reservations, events));
  Outcome outcome;
  for (const TracedOrderNews& change : changes) {
    const auto reservation = reservations.find(change.event.order);
    if (reservation == reservations.end()) continue;
    std::optional<StockEvent> emitted = reservation->second.Apply(change.event, stock);
    if (emitted) outcome.events.push_back({*std::move(emitted), change.trace.Child()});
    const bool cancels = change.event.kind == OrderNews::Kind::kCancelled;
    if (cancels && reservation->second.cancelled_too_late()) {
      outcome.cancelled_too_late.push_back(change);
    }
  }
  stores.stock.Save(stock);
  RETURN_IF_ERROR(stores.reservations.Save(reservations, outcome.events));
  return outcome;
}

void ApplyEvents::OnCommitted(const Outcome& outcome) {
  report_.Report(outcome.events);
  for (const auto& [event, trace] : outcome.cancelled_too_late) {
    report_.CancelledTooLate(event.order, trace);
  }
}

}  // namespace waybill::inventory_svc
