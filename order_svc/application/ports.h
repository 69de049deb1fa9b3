// What the use cases need of the world, as small abstract classes. storage/ implements them over
// PostgreSQL; tests may over a map.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "order_svc/domain/order.h"
#include "order_svc/domain/product.h"
#include "platform/request_keys/request_key.h"
#include "platform/trace/trace_context.h"
#include "platform/types/ids.h"

namespace waybill::events {
struct OutgoingEvent;
}

namespace waybill::order_svc {

// An order in the trace of whatever acts on it now; when loaded, the trace it was placed in. Its
// events carry this trace.
struct TracedOrder {
  Order order;
  TraceContext trace;
};

// One watched order: its transitions after number `seen` are wanted.
struct WatchedOrder {
  OrderId id;
  int seen = 0;
};

struct WatchedTransition {
  OrderId id;
  Transition transition;
};

// Orders with their lines, history and outbox rows. Lives within one open transaction and sees what
// that sees. Each method is a fixed number of statements, however many orders. Failures are
// exceptions, which the one who opened the transaction catches.
class OrderStore {
 public:
  virtual ~OrderStore() = default;

  // New orders, with their lines, transitions and events.
  virtual void Insert(absl::Span<const TracedOrder> orders) = 0;
  // Writes what changed in locked orders, with their transitions and events.
  virtual void Save(absl::Span<const TracedOrder> orders) = 0;

  // Those that exist; in no particular order.
  virtual std::vector<TracedOrder> Load(absl::Span<const OrderId> ids) = 0;
  // The same, each locked until the transaction ends, in sorted order so that two can't deadlock.
  virtual std::vector<TracedOrder> Lock(absl::Span<const OrderId> ids) = 0;
  // Up to `limit` orders neither confirmed nor cancelled whose deadline has passed, locked; those
  // that another instance has locked are left to it.
  virtual std::vector<TracedOrder> LockOverdue(absl::Time now, int limit) = 0;
  // The user's orders, newest first, older than `before` where it is given.
  virtual std::vector<TracedOrder> List(const UserId& user, std::optional<OrderId> before,
                                        int limit) = 0;
  // Per order in the order of their numbers.
  virtual std::vector<WatchedTransition> TransitionsAfter(
      absl::Span<const WatchedOrder> watched) = 0;
};

// The catalog, within one open transaction like OrderStore.
class CatalogStore {
 public:
  virtual ~CatalogStore() = default;

  virtual std::map<Sku, Product> Find(absl::Span<const Sku> ids) = 0;
  // By id, ascending, those after `after` where it is given.
  virtual std::vector<Product> List(std::optional<Sku> after, int limit) = 0;
  virtual void Upsert(const Product& product) = 0;
};

// platform/request_keys/request_keys.h, within one open transaction like OrderStore.
class RequestKeyStore {
 public:
  using RequestKey = request_keys::RequestKey;
  using Record = request_keys::Record;
  virtual ~RequestKeyStore() = default;

  // What is stored under every key that a record could not take. A record whose key is in the
  // result with another resource must not take effect again.
  virtual std::map<RequestKey, Record> Insert(absl::Span<const Record> records) = 0;
  virtual std::map<RequestKey, Record> Find(absl::Span<const RequestKey> keys) = 0;
};

// All that one open transaction offers.
struct Stores {
  OrderStore& orders;
  CatalogStore& catalog;
  RequestKeyStore& request_keys;
};

// Opens transactions. Thread-safe.
class UnitOfWork {
 public:
  virtual ~UnitOfWork() = default;

  // Runs `body` in one transaction and commits it, unless `body` fails or `deadline` has passed by
  // then: nothing is written in that case. After a transient failure `body` runs again, so it must
  // rebuild all it hands out. `name` stands in messages.
  //
  // Blocks until about `deadline` at most. Errors besides body's own: kResourceExhausted with a
  // retry hint (no session free: nothing was written), kDeadlineExceeded, kUnavailable, kAborted,
  // kUnknown (the answer to the commit was lost), kInvalidArgument without a reason (the database
  // refused the data), kInternal.
  virtual absl::Status Run(std::string_view name, absl::Time deadline,
                           absl::FunctionRef<absl::Status(const Stores&)> body) = 0;
};

// Writes an order's event as it goes over the wire. Thread-safe; storage calls it as it fills the
// outbox.
class OrderEventEncoder {
 public:
  virtual ~OrderEventEncoder() = default;
  virtual events::OutgoingEvent Encode(const OrderData& order, const OrderEvent& event,
                                       const TraceContext& trace) const = 0;
};

// Writes the answer to CancelOrder and UpsertProduct down, so that the same request_id gets the
// same bytes. Thread-safe.
class AnswerEncoder {
 public:
  virtual ~AnswerEncoder() = default;
  virtual std::string Encode(const OrderData& order) const = 0;
  virtual std::string Encode(const Product& product) const = 0;
};

}  // namespace waybill::order_svc
