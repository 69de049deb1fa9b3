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
    if (change->refund) AddRefund(payment, *change->refund);
    Raise(payment, change->wanted);
  }
}

}  // namespace

absl::StatusOr<ApplyEvents::Outcome> ApplyEvents::Run(Stores& stores,
                                                      absl::Span<const WantedChange> changes) {
  ChangesByOrder by_order;
  for (const WantedChange& change : changes) by_order[change.order].push_back(&change);
  std::vector<OrderId> orders;
  for (const auto& [order, unused] : by_order) orders.push_back(order);

  Outcome outcome{.places = drive_payments_.Reserve(static_cast<int>(orders.size()))};
  const auto begin = [&](TracedPayment& traced) {
    if (!NextStep(traced.payment)) return false;
    if (static_cast<int>(outcome.begun.size()) == outcome.places.count()) {
      outcome.is_left = true;
      return false;
    }
    outcome.begun.push_back(drive_payments_.Begin(traced));
    return true;
  };

  std::vector<Payment> changed;
  std::vector<Progress> progress;
  for (auto& [traced, is_free] : stores.payments.LockKnown(orders)) {
    const auto found = by_order.find(traced.payment.order);
    const Payment before = traced.payment;
    Apply(found->second, traced.payment);
    by_order.erase(found);
    if (traced.payment == before) continue;
    if (is_free && begin(traced)) {
      progress.push_back({.traced = std::move(traced),
                          .events = {},
                          .due_in = absl::ZeroDuration(),
                          .lease = drive_payments_.lease()});
    } else {
      changed.push_back(std::move(traced.payment));
    }
  }
  std::vector<TracedPayment> created;
  for (const auto& [order, its_changes] : by_order) {
    TracedPayment& traced = created.emplace_back(TracedPayment{
        .payment = NewPayment(order, PaymentId::New()), .trace = its_changes.front()->trace});
    Apply(its_changes, traced.payment);
    begin(traced);
  }
  stores.payments.SaveWanted(changed);
  stores.payments.SaveProgress(progress);
  if (!stores.payments.Insert(created, drive_payments_.lease())) {
    return absl::AbortedError("another transaction has created one of the payments");
  }
  return outcome;
}

void ApplyEvents::OnCommitted(Outcome outcome) {
  outcome.places.Use(outcome.begun.size());
  drive_payments_.Submit(std::move(outcome.begun));
  if (outcome.is_left) drive_payments_.Wake();
}

}  // namespace waybill::payment_svc
