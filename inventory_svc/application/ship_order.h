// Use case: records that a confirmed order's units were shipped, as an operator reports.
#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "inventory_svc/application/stock_report.h"
#include "inventory_svc/storage/stores.h"

namespace waybill::inventory_svc {

struct ShipOrderCommand {
  // Of the operator.
  request_keys::RequestKey key;
  OrderId order;
  TraceContext trace;
  absl::Time deadline;
};

// Thread-safe.
class ShipOrder {
 public:
  explicit ShipOrder(const UnitOfWork& unit_of_work, StockReport report = {})
      : unit_of_work_(unit_of_work), report_(std::move(report)) {}

  // Returns the shipped reservation, the same for the same request_id, since nothing changes it
  // after it was shipped. Locks the reservation and then its stock, as ApplyEvents does, so that a
  // cancellation runs before or after it, and the two can't deadlock.
  //
  // Blocks until the deadline at most. Errors: kNotFound, reason RESERVATION_NOT_FOUND; those of
  // Reservation::Ship; REQUEST_ID_REUSED; UnitOfWork's.
  absl::StatusOr<ReservationData> Run(const ShipOrderCommand& command);

 private:
  const UnitOfWork& unit_of_work_;
  const StockReport report_;
};

}  // namespace waybill::inventory_svc
