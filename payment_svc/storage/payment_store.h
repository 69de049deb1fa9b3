// PaymentStore reads and writes the tables payments and payment_refunds, with the outbox rows of
// payments.
#pragma once

#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "payment_svc/domain/payment.h"
#include "platform/events/envelope.h"
#include "platform/trace/trace_context.h"

namespace waybill::postgres {
class Result;
class Transaction;
}  // namespace waybill::postgres

namespace waybill::payment_svc {

// A payment in the trace of the event that created it; its events and log lines carry it on.
struct TracedPayment {
  Payment payment;
  TraceContext trace;
};

// A payment that exists already.
struct KnownPayment {
  TracedPayment traced;
  // Whether no worker has leased it and it waits for no retry: its next step may begin.
  bool is_free = false;
};

// A payment as the worker has changed it.
struct Progress {
  TracedPayment traced;
  // The events that report the change to the other services.
  std::vector<PaymentEvent> events;
  // In how long it is due next; nullopt: not before an event requires something.
  std::optional<absl::Duration> due_in;
  // For this long no other worker claims the payment; nullopt ends the lease.
  std::optional<absl::Duration> lease;
};

// Encodes an event as its outbox row: Encode of transport/events.h.
using EventEncoder = events::OutgoingEvent (*)(const Payment&, const PaymentEvent&,
                                               const TraceContext&);

// Lives no longer than the transaction it borrows. Each method is a fixed number of statements,
// however many payments. Throws what libpqxx throws.
//
// SaveProgress writes a payment and its events together; nothing else emits them. SaveWanted and
// SaveProgress may stand in one transaction for different payments.
class PaymentStore {
 public:
  PaymentStore(postgres::Transaction& tx, EventEncoder encode) : tx_(tx), encode_(encode) {}

  // Inserts new payments, due at once if there is something to do; a payment whose step has begun
  // is leased for `lease`. Returns false when an order has got a payment since LockKnown: the
  // transaction must be rolled back. Rows are inserted in sorted order, so that two batches can't
  // deadlock.
  bool Insert(absl::Span<const TracedPayment> payments, absl::Duration lease);
  // Those that exist, sorted by order, each locked until the transaction ends.
  std::vector<TracedPayment> Lock(absl::Span<const OrderId> orders);
  // The same, with whether the next step of each may begin.
  std::vector<KnownPayment> LockKnown(absl::Span<const OrderId> orders);
  // Writes locked payments of which more is wanted than before. A payment with something to do
  // becomes due, unless it is due already; a lease stays with its worker.
  void SaveWanted(absl::Span<const Payment> payments);

  // Locks up to `limit` payments that are due and leased to nobody, the longest due first; those
  // that another worker has locked are left to it.
  std::vector<TracedPayment> ClaimDue(int limit);
  // Writes locked payments, and their events in the order given.
  void SaveProgress(absl::Span<const Progress> progress);

  std::optional<TracedPayment> Find(const OrderId& order);

 private:
  void AppendEvents(absl::Span<const Progress> progress);
  // The payments in `rows`, with their refunds.
  std::vector<TracedPayment> Assemble(const postgres::Result& rows);

  postgres::Transaction& tx_;
  const EventEncoder encode_;
};

}  // namespace waybill::payment_svc
