// What the orders and the stock ask of their payments.
#pragma once

#include <optional>

#include "absl/types/span.h"
#include "payment_svc/application/ports.h"

namespace waybill::payment_svc {

// One event, as far as payments are concerned.
struct WantedChange {
  OrderId order;
  Wanted wanted = Wanted::kAuthorize;
  // With OrderPlaced.
  std::optional<Charge> charge;
  // Where the event is in its trace.
  TraceContext trace;
};

// Applies the changes in their order, creating payments where an order has none: the events of
// different topics come in any order, so that each may be the first. Calls nobody: the worker
// (drive_payments.h) does. At most three statements, whatever the batch's size.
void RaiseWanted(PaymentStore& store, absl::Span<const WantedChange> changes);

}  // namespace waybill::payment_svc
