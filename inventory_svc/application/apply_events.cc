#include "inventory_svc/application/apply_events.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "platform/log/log.h"

namespace waybill::inventory_svc {
namespace {

std::set<OrderId> OrdersWithItems(const Reservations& reservations) {
  std::set<OrderId> orders;
  for (const auto& [order, reservation] : reservations) {
    if (reservation.row().items_known) orders.insert(order);
  }
  return orders;
}

std::vector<Demand> NewItems(const Reservations& reservations,
                             const std::set<OrderId>& known_before) {
  std::vector<Demand> demands;
  for (const auto& [order, reservation] : reservations) {
    if (reservation.row().items_known && !known_before.contains(order)) {
      demands.push_back({order, reservation.row().items});
    }
  }
  return demands;
}

Stock Changed(const Stock& before, Stock after) {
  std::erase_if(after,
                [&before](const auto& entry) { return before.at(entry.first) == entry.second; });
  return after;
}

std::string Words(absl::Span<const Shortage> shortages) {
  return absl::StrJoin(shortages, ", ", [](std::string* out, const Shortage& shortage) {
    absl::StrAppend(out, shortage.sku.value(), " (wanted ", shortage.wanted, ", available ",
                    shortage.available, ")");
  });
}

}  // namespace

std::vector<OutgoingChange> ApplyEvents(ReservationStore& reservations, StockStore& stock,
                                        EventPublisher& publisher,
                                        absl::Span<const IncomingChange> changes) {
  std::vector<OrderEvent> events;
  std::set<OrderId> orders;
  events.reserve(changes.size());
  for (const IncomingChange& change : changes) {
    events.push_back(change.event);
    orders.insert(change.event.order);
  }
  if (events.empty()) return {};

  Reservations locked = reservations.Lock(orders);
  const std::set<OrderId> known_before = OrdersWithItems(locked);
  const Stock before = stock.Lock(SkusNeeded(locked, events));
  Stock after = before;

  std::vector<OutgoingChange> outgoing;
  for (StockEvent& event : Decide(locked, after, events)) {
    const TraceContext trace = changes[event.cause].trace.Child();
    outgoing.push_back({std::move(event), trace});
  }

  reservations.Save(locked);
  reservations.AddItems(NewItems(locked, known_before));
  stock.Save(Changed(before, std::move(after)));
  publisher.Publish(outgoing);
  return outgoing;
}

void LogOutcomes(absl::Span<const OutgoingChange> changes) {
  for (const auto& [event, trace] : changes) {
    const std::string order = event.order.ToString();
    switch (event.kind) {
      case StockEvent::Kind::kItemsReserved:
        log::Info("items reserved", {{"order_id", order}, {"trace_id", trace.trace_id()}});
        break;
      case StockEvent::Kind::kRejected:
        log::Info("reservation rejected", {{"order_id", order},
                                           {"trace_id", trace.trace_id()},
                                           {"shortages", Words(event.shortages)}});
        break;
      case StockEvent::Kind::kReleased:
        log::Info("stock released", {{"order_id", order}, {"trace_id", trace.trace_id()}});
        break;
    }
  }
}

}  // namespace waybill::inventory_svc
