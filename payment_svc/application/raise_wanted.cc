#include "payment_svc/application/raise_wanted.h"

#include <map>
#include <vector>

namespace waybill::payment_svc {
namespace {

// In order of the order's id, so that rows are inserted and locked in sorted order.
using ChangesByOrder = std::map<OrderId, std::vector<const WantedChange*>>;

void Apply(const std::vector<const WantedChange*>& changes, Payment& payment) {
  for (const WantedChange* change : changes) {
    if (change->charge) Place(payment, *change->charge);
    Raise(payment, change->wanted);
  }
}

std::vector<PaymentRecord> NewRecords(const ChangesByOrder& by_order) {
  std::vector<PaymentRecord> records;
  records.reserve(by_order.size());
  for (const auto& [order, changes] : by_order) {
    PaymentRecord record{NewPayment(order, PaymentId::New()), changes.front()->trace, {}};
    Apply(changes, record.payment);
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace

void RaiseWanted(PaymentStore& store, absl::Span<const WantedChange> changes) {
  ChangesByOrder by_order;
  for (const WantedChange& change : changes) by_order[change.order].push_back(&change);

  for (const OrderId& inserted : store.InsertMissing(NewRecords(by_order))) {
    by_order.erase(inserted);
  }
  if (by_order.empty()) return;

  std::vector<OrderId> orders;
  orders.reserve(by_order.size());
  for (const auto& [order, unused] : by_order) orders.push_back(order);
  std::vector<Payment> changed;
  for (PaymentRecord& record : store.Lock(orders)) {
    Payment before = record.payment;
    Apply(by_order.at(record.payment.order), record.payment);
    if (record.payment != before) changed.push_back(std::move(record.payment));
  }
  if (!changed.empty()) store.SaveWanted(changed);
}

}  // namespace waybill::payment_svc
