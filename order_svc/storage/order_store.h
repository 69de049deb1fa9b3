// OrderStore reads and writes the tables orders, order_lines, order_history, order_refunds and
// order_refund_items, with the outbox rows of orders.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "order_svc/domain/order.h"
#include "platform/events/envelope.h"
#include "platform/trace/trace_context.h"

namespace waybill::postgres {
class Result;
class Transaction;
}  // namespace waybill::postgres

namespace waybill::order_svc {

// An order with the trace of the call or event that is changing it; after loading, with the trace
// in which it was placed. Its events carry this trace.
struct TracedOrder {
  Order order;
  TraceContext trace;
};

// One watched order; TransitionsAfter returns its transitions after number `seen`.
struct WatchedOrder {
  OrderId id;
  int seen = 0;
};

struct WatchedTransition {
  OrderId id;
  Transition transition;
};

// Encodes an event as its outbox row: Encode of transport/events.h.
using EventEncoder = events::OutgoingEvent (*)(const OrderData&, const OrderEvent&,
                                               const TraceContext&);

// Lives no longer than the transaction it borrows. Each method is a fixed number of statements,
// however many orders. Throws what libpqxx throws.
//
// Insert and Save write an order's outbox rows together with it; nothing else emits its events.
// An event holds the order's values at the end of the transaction, besides its own kind and time.
class OrderStore {
 public:
  OrderStore(postgres::Transaction& tx, EventEncoder encode) : tx_(tx), encode_(encode) {}

  // New orders, with their lines, transitions and events.
  void Insert(absl::Span<const TracedOrder> orders);
  // The same for a transaction of one statement: it only queues (Transaction::Write). If a line's
  // name or price differs from the catalog's, the statement fails with kInvalidArgument.
  void InsertAtPrices(absl::Span<const TracedOrder> orders);
  // Writes what changed in locked orders, with their transitions, refunds and events.
  void Save(absl::Span<const TracedOrder> orders);

  // Those that exist; in no particular order.
  std::vector<TracedOrder> Find(absl::Span<const OrderId> ids);
  // The same, each locked until the transaction ends, in sorted order so that two can't deadlock.
  std::vector<TracedOrder> Lock(absl::Span<const OrderId> ids);
  // Whether there is an order neither confirmed nor cancelled whose deadline has passed.
  bool IsAnyOverdue(absl::Time now);
  // Up to `limit` of them, locked, but for those in `held` and those with a parked event; those that
  // another instance has locked are left to it.
  std::vector<TracedOrder> LockOverdue(absl::Time now, absl::Span<const OrderId> held, int limit);
  // The user's orders, newest first, older than `before` where it is given.
  std::vector<TracedOrder> List(const UserId& user, std::optional<OrderId> before, int limit);
  // Per order in the order of their numbers.
  std::vector<WatchedTransition> TransitionsAfter(absl::Span<const WatchedOrder> watched);

 private:
  // All but the lines.
  void InsertOrders(absl::Span<const TracedOrder> orders);
  void InsertHistory(absl::Span<const TracedOrder> orders);
  void AppendEvents(absl::Span<const TracedOrder> orders);
  void SaveRefunds(absl::Span<const TracedOrder> orders);
  // The refunds of those orders in `rows` that have any, which few do.
  std::map<OrderId, std::vector<Refund>> FindRefunds(const postgres::Result& rows);
  // Reads the lines and the refunds of the orders in `rows`, and joins them.
  std::vector<TracedOrder> Assemble(const postgres::Result& rows);

  postgres::Transaction& tx_;
  const EventEncoder encode_;
};

}  // namespace waybill::order_svc
