// Use case: applies the events of order_svc and inventory_svc to payments: records what they
// require.
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
    // The calls to make after the commit, which records their steps as begun.
    std::vector<StartedCall> begun = {};
    // Whether a payment has become due for which there was no place.
    bool is_left = false;
  };

  explicit ApplyEvents(DrivePayments& drive_payments) : drive_payments_(drive_payments) {}

  // Raises what is wanted, change by change, and creates a payment for an order that has none,
  // since the events of different topics arrive in any order and each may be the first. Begins the
  // next steps, as far as DrivePayments has places; only DrivePayments calls the provider.
  // kAborted: another transaction has created one of the payments; roll back and run again. Blocks
  // for a few statements, whatever the batch's size; throws what libpqxx throws.
  absl::StatusOr<Outcome> Run(Stores& stores, absl::Span<const WantedChange> changes);
  // Passes the calls to the worker. Never blocks.
  void OnCommitted(Outcome outcome);

 private:
  DrivePayments& drive_payments_;
};

}  // namespace waybill::payment_svc
