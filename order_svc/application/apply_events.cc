#include "order_svc/application/apply_events.h"

#include <map>
#include <set>
#include <utility>

#include "absl/time/clock.h"
#include "platform/inbox/missing_rows.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::order_svc {
namespace {

struct Apply {
  Order& order;
  absl::Time now;

  absl::Status operator()(const PaymentConfirmed& event) {
    order.OnPaymentConfirmed(event.payment, now);
    return absl::OkStatus();
  }
  absl::Status operator()(const PaymentDeclined&) {
    order.OnPaymentDeclined(now);
    return absl::OkStatus();
  }
  absl::Status operator()(const PaymentCaptured&) {
    order.OnPaymentCaptured(now);
    return absl::OkStatus();
  }
  absl::Status operator()(const PaymentFailed&) {
    order.OnPaymentFailed(now);
    return absl::OkStatus();
  }
  absl::Status operator()(const PaymentRefunded& event) {
    return order.OnRefunded(event.refund, now);
  }
  absl::Status operator()(const PaymentRefundFailed& event) {
    return order.OnRefundFailed(event.refund, event.reason, now);
  }
  absl::Status operator()(const ItemsReserved&) {
    order.OnItemsReserved(now);
    return absl::OkStatus();
  }
  absl::Status operator()(const Shipped& event) {
    order.OnShipped(event.at);
    return absl::OkStatus();
  }
  absl::Status operator()(const ItemsRejected&) {
    order.OnItemsRejected(now);
    return absl::OkStatus();
  }
};

std::map<OrderId, TracedOrder> LockAll(Stores& stores, absl::Span<const SagaEvent> events) {
  std::set<OrderId> ids;
  for (const SagaEvent& event : events) ids.insert(event.order);
  std::map<OrderId, TracedOrder> locked;
  for (TracedOrder& traced : stores.orders.Lock(std::vector<OrderId>(ids.begin(), ids.end()))) {
    const OrderId id = traced.order.data().id;
    locked.emplace(id, std::move(traced));
  }
  return locked;
}

// The events' keys whose orders aren't there.
std::set<std::string> MissingIn(const std::map<OrderId, TracedOrder>& locked,
                                absl::Span<const SagaEvent> events) {
  std::set<std::string> missing;
  for (const SagaEvent& event : events) {
    if (!locked.contains(event.order)) missing.insert(event.order.ToString());
  }
  return missing;
}

std::size_t EffectsOf(const Order& order) {
  return order.transitions().size() + order.ended_refunds().size() + (order.shipped_now() ? 1 : 0);
}

}  // namespace

absl::StatusOr<ApplyEvents::Outcome> ApplyEvents::Run(Stores& stores,
                                                      absl::Span<const SagaEvent> events) {
  std::map<OrderId, TracedOrder> locked = LockAll(stores, events);
  if (const std::set<std::string> missing = MissingIn(locked, events); !missing.empty()) {
    return inbox::MissingRows(missing);
  }
  const absl::Time now = absl::Now();
  for (const SagaEvent& event : events) {
    TracedOrder& traced = locked.at(event.order);
    const std::size_t before = EffectsOf(traced.order);
    RETURN_IF_ERROR(std::visit(Apply{traced.order, now}, event.what));
    // Events carry the trace of what caused them; the log line of the last effect does too.
    if (EffectsOf(traced.order) > before) traced.trace = event.trace.Child();
  }
  Outcome changed;
  for (auto& [id, traced] : locked) {
    if (traced.order.changed()) changed.push_back(std::move(traced));
  }
  if (!changed.empty()) stores.orders.Save(changed);
  return changed;
}

}  // namespace waybill::order_svc
