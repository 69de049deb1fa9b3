// Use case: records what the events of orders and stock require of payments.
#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "payment_svc/application/drive_payments.h"
#include "payment_svc/storage/stores.h"

namespace waybill::payment_svc {

// What an event requires of the payment of one order.
struct WantedChange {
  OrderId order;
  Wanted wanted = Wanted::kAuthorize;
  // With OrderPlaced.
  std::optional<Charge> charge;
  // The event's place in its trace.
  TraceContext trace;
  // With OrderRefundRequested.
  std::optional<Refund> refund = std::nullopt;
};

// Thread-safe. Borrows the worker.
class ApplyEvents {
 public:
  using Change = WantedChange;
  struct Outcome {
    CallPlaces places = {};
    // The calls to be made once the steps are committed as begun.
    std::vector<StartedCall> begun = {};
    // Something is due for which there was no place.
    bool is_left = false;
  };

  explicit ApplyEvents(DrivePayments& drive_payments) : drive_payments_(drive_payments) {}

  // Raises what is wanted, change by change, and creates a payment where an order has none: the
  // events of different topics come in any order, so that each may be the first. Begins the steps
  // that follow, as far as DrivePayments has places. kAborted: another instance has created one of
  // the payments; run again. Throws what libpqxx throws. Calls no provider: DrivePayments does. Runs
  // two statements, whatever the batch's size.
  absl::StatusOr<Outcome> Run(Stores& stores, absl::Span<const WantedChange> changes);
  // Has the worker make the calls.
  void OnCommitted(Outcome outcome);

 private:
  DrivePayments& drive_payments_;
};

}  // namespace waybill::payment_svc
