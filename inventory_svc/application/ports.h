// What the use cases need of the world: small abstract classes that storage/ and transport/
// implement.
//
// The stores belong to one transaction and live no longer; one thread. They throw what their
// storage throws (platform/postgres/run_transaction.h says who catches it).
#pragma once

#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "inventory_svc/domain/batch.h"
#include "inventory_svc/domain/reservation.h"
#include "inventory_svc/domain/stock.h"
#include "platform/trace/trace_context.h"
#include "platform/types/ids.h"

namespace waybill::inventory_svc {

class ReservationStore {
 public:
  virtual ~ReservationStore() = default;
  // The reservations of these orders with their items, locked in sorted order until the transaction
  // ends. One that isn't there yet is created, waiting.
  virtual Reservations Lock(const std::set<OrderId>& orders) = 0;
  // Writes back everything but the items.
  virtual void Save(const Reservations& reservations) = 0;
  // Stores the items of reservations that had none.
  virtual void AddItems(absl::Span<const Demand> demands) = 0;
};

class StockStore {
 public:
  virtual ~StockStore() = default;
  // As they are now; SKUs never stocked are not in the result.
  virtual Stock Find(const std::set<Sku>& skus) = 0;
  // The same, locked in sorted order until the transaction ends.
  virtual Stock Lock(const std::set<Sku>& skus) = 0;
  // The same, and SKUs never stocked are created with nothing on hand.
  virtual Stock LockOrCreate(const std::set<Sku>& skus) = 0;
  // Writes back levels that were locked.
  virtual void Save(const Stock& stock) = 0;
};

// A stock event on its way out, in the trace of its cause.
struct OutgoingChange {
  StockEvent event;
  TraceContext trace;
};

class EventPublisher {
 public:
  virtual ~EventPublisher() = default;
  // Writes the events into the outbox. The orders' reservations must be locked.
  virtual void Publish(absl::Span<const OutgoingChange> changes) = 0;
};

struct SetStockCommand {
  UserId user;
  RequestId request_id;
  Sku sku;
  // 0 to kMaxQuantity.
  std::int64_t on_hand = 0;
};

// Which SetStock requests have succeeded before (AIP-155).
class SetStockRequests {
 public:
  virtual ~SetStockRequests() = default;
  // For each command, in order: nullopt when its request_id is new; what was answered first; or
  // kAlreadyExists, reason REQUEST_ID_REUSED, when that was for other parameters.
  virtual std::vector<std::optional<absl::StatusOr<StockLevel>>> FirstAnswers(
      absl::Span<const SetStockCommand> commands) = 0;
  // Remembers answers, one a command. False when another transaction has used one of the request
  // ids in the meantime: this one must then be rolled back.
  virtual bool Remember(absl::Span<const SetStockCommand> commands,
                        absl::Span<const StockLevel> answers) = 0;
};

struct Stores {
  StockStore& stock;
  SetStockRequests& requests;
};

// Thread-safe. Outlives the use cases.
class UnitOfWork {
 public:
  virtual ~UnitOfWork() = default;
  // Runs `body` in a transaction and commits; a status other than OK rolls back. May run it more
  // than once, so it must rebuild all it hands out. Blocks until `deadline` at most.
  virtual absl::Status Run(std::string_view name, absl::Time deadline,
                           absl::FunctionRef<absl::Status(Stores&)> body) = 0;
};

}  // namespace waybill::inventory_svc
