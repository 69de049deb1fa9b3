#include "inventory_svc/application/stock_report.h"

#include <string>

#include "absl/strings/str_join.h"
#include "platform/log/log.h"
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

StockReport::StockReport(metrics::Registry& registry)
    : shipped_(registry.AddCounter("waybill_inventory_shipped_total", "Orders that were shipped")),
      cancelled_too_late_(
          registry.AddCounter("waybill_inventory_cancelled_too_late_total",
                              "Orders that were cancelled after they had been shipped")) {}

void StockReport::Report(absl::Span<const TracedStockEvent> events) const {
  for (const auto& [event, trace] : events) {
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
      case StockEvent::Kind::kShipped:
        shipped_.Add();
        log::Info("the order was shipped", {{"order_id", order}, {"trace_id", trace.trace_id()}});
        break;
    }
  }
}

void StockReport::CancelledTooLate(const OrderId& order, const TraceContext& trace) const {
  cancelled_too_late_.Add();
  log::Warn(
      "the order was cancelled after it had been shipped; its units don't return to the stock",
      {{"order_id", order.ToString()}, {"trace_id", trace.trace_id()}});
}

}  // namespace waybill::inventory_svc
