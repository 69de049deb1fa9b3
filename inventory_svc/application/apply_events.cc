#include "inventory_svc/application/apply_events.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_join.h"
#include "platform/log/log.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::inventory_svc {
namespace {

std::string Words(absl::Span<const Shortage> shortages) {
  return absl::StrJoin(shortages, ", ", [](std::string* out, const Shortage& shortage) {
    StrAppend(out, shortage.sku.value(), " (wanted ", shortage.wanted, ", available ",
              shortage.available, ")");
  });
}

}  // namespace

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
  Outcome outcomes;
  for (const auto& [event, trace] : changes) {
    const auto reservation = reservations.find(event.order);
    if (reservation == reservations.end()) continue;
    auto outcome = reservation->second.Apply(event, stock);
    if (outcome) outcomes.push_back({*std::move(outcome), trace.Child()});
  }
  stores.stock.Save(stock);
  RETURN_IF_ERROR(stores.reservations.Save(reservations, outcomes));
  return outcomes;
}

void ApplyEvents::OnCommitted(const Outcome& outcomes) {
  for (const auto& [event, trace] : outcomes) {
    const std::string order = event.order.ToString();
    switch (event.kind) {
      case StockEvent::Kind::kItemsReserved:
        log::Info("the items were reserved", {{"order_id", order}, {"trace_id", trace.trace_id()}});
        break;
      case StockEvent::Kind::kRejected:
        log::Info("the reservation was rejected", {{"order_id", order},
                                                   {"trace_id", trace.trace_id()},
                                                   {"shortages", Words(event.shortages)}});
        break;
      case StockEvent::Kind::kReleased:
        log::Info("the stock was released", {{"order_id", order}, {"trace_id", trace.trace_id()}});
        break;
    }
  }
}

}  // namespace waybill::inventory_svc
