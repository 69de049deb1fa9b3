#include "order_svc/application/apply_events.h"

#include <map>
#include <set>
#include <utility>

#include "absl/time/clock.h"
#include "platform/types/strings.h"

namespace waybill::order_svc {
namespace {

struct Apply {
  Order& order;
  absl::Time now;

  void operator()(const PaymentConfirmed& event) { order.OnPaymentConfirmed(event.payment, now); }
  void operator()(const PaymentDeclined&) { order.OnPaymentDeclined(now); }
  void operator()(const PaymentCaptured&) { order.OnPaymentCaptured(now); }
  void operator()(const PaymentFailed&) { order.OnPaymentFailed(now); }
  void operator()(const ItemsReserved&) { order.OnItemsReserved(now); }
  void operator()(const ItemsRejected&) { order.OnItemsRejected(now); }
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

}  // namespace

absl::StatusOr<ApplyEvents::Outcome> ApplyEvents::Run(Stores& stores,
                                                      absl::Span<const SagaEvent> events) {
  std::map<OrderId, TracedOrder> locked = LockAll(stores, events);
  const absl::Time now = absl::Now();
  for (const SagaEvent& event : events) {
    const auto found = locked.find(event.order);
    if (found == locked.end()) {
      return absl::NotFoundError(StrCat("order ", event.order.ToString(), " is not there"));
    }
    TracedOrder& traced = found->second;
    const std::size_t before = traced.order.transitions().size();
    std::visit(Apply{traced.order, now}, event.what);
    // Events carry the trace of what caused them; the log line of the last transition does too.
    if (traced.order.transitions().size() > before) traced.trace = event.trace.Child();
  }
  Outcome changed;
  for (auto& [id, traced] : locked) {
    if (traced.order.changed()) changed.push_back(std::move(traced));
  }
  if (!changed.empty()) stores.orders.Save(changed);
  return changed;
}

}  // namespace waybill::order_svc
