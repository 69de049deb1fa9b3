// Logs and counts what happens to reservations.
#pragma once

#include "absl/types/span.h"
#include "inventory_svc/storage/reservation_store.h"
#include "platform/metrics/registry.h"
#include "platform/trace/trace_context.h"

namespace waybill::inventory_svc {

// Counts in waybill_inventory_shipped_total and waybill_inventory_cancelled_too_late_total. Every
// log line has order_id and trace_id. Thread-safe. Call its methods after the commit, so that
// nothing is reported that didn't happen.
class StockReport {
 public:
  // Counts nowhere.
  StockReport() = default;
  explicit StockReport(metrics::Registry& registry);

  void Report(absl::Span<const TracedStockEvent> events) const;
  // Reports that a shipped order was cancelled: its money is refunded, but its units don't return
  // to the stock.
  void CancelledTooLate(const OrderId& order, const TraceContext& trace) const;

 private:
  metrics::Counter shipped_;
  metrics::Counter cancelled_too_late_;
};

}  // namespace waybill::inventory_svc
