// What the use cases need of the world.
#pragma once

#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "payment_svc/domain/payment.h"
#include "platform/trace/trace_context.h"

namespace waybill::payment_svc {

// A payment as it is stored.
struct PaymentRecord {
  Payment payment;
  // Of the event that created it; events about the payment and its log lines carry it on.
  TraceContext trace;
  absl::Time updated_at;
};

// A payment the worker has changed, and when it should be looked at next.
struct Progress {
  Payment payment;
  // From now; nothing: not before an event asks for something.
  std::optional<absl::Duration> due_in;
  // For this long from now no other worker takes the payment; zero gives it back.
  absl::Duration lease = absl::ZeroDuration();
};

struct EmittedEvent {
  PaymentRecord about;
  Event event;
};

// The payments, within one open transaction. Each method is one statement for the whole batch,
// whatever its size. Storage failures are exceptions that pass through the use cases up to whoever
// opened the transaction.
class PaymentStore {
 public:
  virtual ~PaymentStore() = default;

  // Inserts those whose order has no payment yet, due at once if there is something to do. Returns
  // the orders that were inserted. `records` must be sorted by order id, as every caller's are: no
  // two batches deadlock.
  virtual std::vector<OrderId> InsertMissing(absl::Span<const PaymentRecord> records) = 0;
  // Locks the rows and returns them, sorted by order id. Orders without a payment are left out.
  virtual std::vector<PaymentRecord> Lock(absl::Span<const OrderId> orders) = 0;
  // Writes charge and what is wanted of locked payments. A payment with something to do becomes
  // due, unless it is already; who has it leased keeps it.
  virtual void SaveWanted(absl::Span<const Payment> payments) = 0;

  // Locks up to `limit` payments that are due and leased to nobody, the longest due first; rows
  // locked by others are passed over.
  virtual std::vector<PaymentRecord> ClaimDue(int limit) = 0;
  // Writes everything but the charge of locked payments.
  virtual void SaveProgress(absl::Span<const Progress> progress) = 0;
  // Puts the events into the outbox, in order. Their payments must be locked.
  virtual void Append(absl::Span<const EmittedEvent> events) = 0;

  virtual std::optional<PaymentRecord> Find(const OrderId& order) = 0;
};

// Opens transactions. Thread-safe.
class UnitOfWork {
 public:
  virtual ~UnitOfWork() = default;

  // Runs `work` in a transaction and commits it; runs it again, from its beginning, after a
  // transient failure, until `deadline`. Blocks. Errors: those of
  // platform/postgres/run_transaction.h.
  virtual absl::Status Run(const char* name, absl::Time deadline,
                           absl::FunctionRef<absl::Status(PaymentStore&)> work) = 0;
};

// A call to be made: all the provider is told.
struct ProviderCall {
  OrderId order;
  Call call;
  Charge charge;
  std::string provider_reference;
};

struct ProviderAnswer {
  OrderId order;
  Call call;
  Answer answer;
};

// The payment provider. Calls run side by side; their answers are collected. Used by one thread,
// but for Wake.
class PaymentProvider {
 public:
  virtual ~PaymentProvider() = default;

  // Starts a call. It ends with exactly one answer, within the provider's call timeout. Doesn't
  // block.
  virtual void Submit(ProviderCall call) = 0;
  // The answers that are in. Waits for the first one for at most `max_wait`, or until woken.
  virtual std::vector<ProviderAnswer> Collect(absl::Duration max_wait) = 0;
  // Makes the Collect under way, or the next, return at once. Thread-safe, never blocks.
  virtual void Wake() = 0;
};

}  // namespace waybill::payment_svc
