#include "payment_svc/application/apply_events.h"

#include <map>
#include <utility>

namespace waybill::payment_svc {
namespace {

// Sorted, so that rows are inserted and locked in one order.
using ChangesByOrder = std::map<OrderId, std::vector<const WantedChange*>>;

void Apply(const std::vector<const WantedChange*>& changes, Payment& payment) {
  for (const WantedChange* change : changes) {
    if (change->charge) Place(payment, *change->charge);
    Raise(payment, change->wanted);
  }
}

std::vector<TracedPayment> NewPayments(const ChangesByOrder& by_order) {
  std::vector<TracedPayment> payments;
  for (const auto& [order, changes] : by_order) {
    TracedPayment traced{.payment = NewPayment(order, PaymentId::New()),
                         .trace = changes.front()->trace};
    Apply(changes, traced.payment);
    payments.push_back(std::move(traced));
  }
  return payments;
}

// Applies the changes to payments that are there, and returns those that they make a difference to.
std::vector<Payment> ChangeKnown(PaymentStore& store, const ChangesByOrder& by_order) {
  std::vector<OrderId> orders;
  for (const auto& [order, unused] : by_order) orders.push_back(order);
  std::vector<Payment> changed;
  for (auto& [payment, trace] : store.Lock(orders)) {
    const Payment before = payment;
    Apply(by_order.at(payment.order), payment);
    if (payment != before) changed.push_back(std::move(payment));
  }
  return changed;
}

}  // namespace

absl::StatusOr<ApplyEvents::Outcome> ApplyEvents::Run(Stores& stores,
                                                      absl::Span<const WantedChange> changes) {
  ChangesByOrder by_order;
  for (const WantedChange& change : changes) by_order[change.order].push_back(&change);

  Outcome changed_orders = stores.payments.InsertMissing(NewPayments(by_order));
  for (const OrderId& inserted : changed_orders) by_order.erase(inserted);
  if (by_order.empty()) return changed_orders;

  const std::vector<Payment> changed = ChangeKnown(stores.payments, by_order);
  if (changed.empty()) return changed_orders;
  stores.payments.SaveWanted(changed);
  for (const Payment& payment : changed) changed_orders.push_back(payment.order);
  return changed_orders;
}

void ApplyEvents::OnCommitted(const Outcome& changed) {
  if (!changed.empty()) drive_payments_.Wake();
}

}  // namespace waybill::payment_svc
