// What a batch of order events does to reservations and stock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "absl/types/span.h"
#include "inventory_svc/domain/reservation.h"
#include "inventory_svc/domain/stock.h"
#include "platform/types/ids.h"

namespace waybill::inventory_svc {

// News of an order that the stock has to know.
struct OrderEvent {
  enum class Kind { kPlaced, kPaymentConfirmed, kCancelled };

  Kind kind = Kind::kPlaced;
  OrderId order = {};
  // Of kPlaced.
  Quantities items = {};
};

// What came of it, to be told to the others.
struct StockEvent {
  enum class Kind { kItemsReserved, kRejected, kReleased };

  Kind kind = Kind::kItemsReserved;
  OrderId order;
  // 1, 2, 3 … per order.
  std::int64_t sequence = 0;
  // Of kItemsReserved and kReleased.
  Quantities items = {};
  // Of kRejected.
  std::vector<Shortage> shortages = {};
  // The index, within the batch, of the event that brought it about.
  std::size_t cause = 0;
};

using Reservations = std::map<OrderId, Reservation>;

// The SKUs whose levels `Decide` will look at. Events that only add to what is known need none.
std::set<Sku> SkusNeeded(const Reservations& reservations, absl::Span<const OrderEvent> events);

// Applies the events one after the other: each sees the stock as the ones before it have left it.
// `reservations` must hold every order of the batch, `stock` every SKU of SkusNeeded that there is;
// both are changed in place.
std::vector<StockEvent> Decide(Reservations& reservations, Stock& stock,
                               absl::Span<const OrderEvent> events);

}  // namespace waybill::inventory_svc
