// Append is the one way an event leaves a service: as a row in the transaction of its change.
#pragma once

#include "absl/types/span.h"
#include "platform/events/envelope.h"
#include "platform/postgres/transaction.h"

namespace waybill::outbox {

// Inserts the events, in one statement, in this order. Whoever writes events of one key must hold
// that key's row lock (the order, the payment, the reservation): the outbox's ids are then in
// commit order per key, which the relay's backfill relies on. Throws what libpqxx throws.
void Append(postgres::Transaction& tx, absl::Span<const events::OutgoingEvent> events);

}  // namespace waybill::outbox
