// Use case: learn what an order wants, reserve it once it is paid, give back what a cancelled order
// held, unless it was shipped. Behind every consumed event.
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
    // What the others are told.
    std::vector<TracedStockEvent> events;
    // Orders that were cancelled after they had been shipped: nothing was given back.
    std::vector<TracedOrderNews> cancelled_too_late;
  };

  explicit ApplyEvents(StockReport report = {}) : report_(std::move(report)) {}

  // Locks the reservations, then the stock that their events need, each in sorted order, so that
  // two batches can't deadlock; lets each reservation take its events in, in order, each event
  // seeing the stock as the ones before it have left it; and writes all of it back. Always OK.
  absl::StatusOr<Outcome> Run(Stores& stores, absl::Span<const TracedOrderNews> changes);

  // Logs each reservation, rejection and release, and each cancellation that came too late.
  void OnCommitted(const Outcome& outcome);

 private:
  const StockReport report_;
};

}  // namespace waybill::inventory_svc
