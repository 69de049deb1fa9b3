// Use case: applies the events of order_svc and payment_svc to reservations: remembers an order's
// items, reserves them once the payment is confirmed, and releases them when the order is
// cancelled, unless it was shipped.
#pragma once

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "inventory_svc/application/stock_report.h"
#include "inventory_svc/storage/stores.h"

namespace waybill::inventory_svc {

// An order's event in the trace it came with.
struct TracedOrderNews {
  OrderNews event;
  TraceContext trace;
};

// Thread-safe.
class ApplyEvents {
 public:
  using Change = TracedOrderNews;
  struct Outcome {
    // The events that were emitted.
    std::vector<TracedStockEvent> events;
    // The cancellations of orders that had been shipped before: no stock was released.
    std::vector<TracedOrderNews> cancelled_too_late;
  };

  explicit ApplyEvents(StockReport report = {}) : report_(std::move(report)) {}

  // Locks the reservations, then the stock that their events need, each in sorted order, so that
  // two batches can't deadlock; applies the events in order, each to the stock as the earlier ones
  // have left it; and writes everything back. kAborted: another transaction has created one of the
  // reservations; roll back and run again. Blocks for its statements; throws what libpqxx throws.
  absl::StatusOr<Outcome> Run(Stores& stores, absl::Span<const TracedOrderNews> changes);

  // Logs each reservation, rejection and release, and each cancellation that came too late.
  void OnCommitted(const Outcome& outcome);

 private:
  const StockReport report_;
};

}  // namespace waybill::inventory_svc
