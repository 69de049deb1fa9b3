// The use case behind every consumed event: learn what an order wants, reserve once it is paid,
// give back what a cancelled order held.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "inventory_svc/application/ports.h"

namespace waybill::inventory_svc {

struct IncomingChange {
  OrderEvent event;
  TraceContext trace;
};

// Applies one batch inside the transaction the stores belong to, each statement once for all of it.
// Reservations are locked before stock, each in sorted order, so that two batches can't deadlock.
// Returns what was published, which holds once the caller has committed.
std::vector<OutgoingChange> ApplyEvents(ReservationStore& reservations, StockStore& stock,
                                        EventPublisher& publisher,
                                        absl::Span<const IncomingChange> changes);

// One line for each reservation, rejection and release. Call after the commit.
void LogOutcomes(absl::Span<const OutgoingChange> changes);

}  // namespace waybill::inventory_svc
