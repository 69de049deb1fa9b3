// ReservationStore reads and writes the tables reservations and reservation_items, with the outbox
// rows of reservations.
#pragma once

#include <set>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "inventory_svc/domain/reservation.h"
#include "platform/events/envelope.h"
#include "platform/trace/trace_context.h"

namespace waybill::postgres {
class Transaction;
}  // namespace waybill::postgres

namespace waybill::inventory_svc {

// A stock event with the trace of the call or event that caused it.
struct TracedStockEvent {
  StockEvent event;
  TraceContext trace;
};

// Encodes an event as its outbox row: Encode of transport/events.h.
using EventEncoder = events::OutgoingEvent (*)(const StockEvent&, const TraceContext&);

// Lives no longer than the transaction it borrows. Each method is a fixed number of statements,
// however many reservations. Throws what libpqxx throws.
class ReservationStore {
 public:
  ReservationStore(postgres::Transaction& tx, EventEncoder encode) : tx_(tx), encode_(encode) {}

  // The reservations of these orders with their items, locked until the transaction ends, in sorted
  // order so that two can't deadlock. A reservation that doesn't exist yet is returned as kWaiting,
  // and Save inserts it. Call it at most once.
  Reservations Lock(const std::set<OrderId>& orders);
  // Writes back locked reservations together with the outbox rows of their events, in order;
  // nothing else emits them. kAborted: another transaction has created one of the reservations
  // since Lock; roll back and run again.
  absl::Status Save(const Reservations& reservations, absl::Span<const TracedStockEvent> events);

 private:
  void InsertNewItems(const Reservations& reservations);
  void AppendEvents(absl::Span<const TracedStockEvent> events);

  postgres::Transaction& tx_;
  const EventEncoder encode_;
  // The reservations that Lock has found.
  std::set<OrderId> stored_;
};

}  // namespace waybill::inventory_svc
