// Use case: returns one order to its owner, or to who may see all.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "order_svc/storage/stores.h"
#include "platform/types/viewer.h"

namespace waybill::order_svc {

// kNotFound, reason ORDER_NOT_FOUND: there is no such order, or it is somebody else's.
absl::Status OrderNotFound(const OrderId& id);

// Thread-safe.
class GetOrder {
 public:
  explicit GetOrder(const UnitOfWork& unit_of_work) : unit_of_work_(unit_of_work) {}

  // Blocks until `deadline` at most. Errors: ORDER_NOT_FOUND, UnitOfWork's.
  absl::StatusOr<OrderData> Run(const Viewer& viewer, const OrderId& id, absl::Time deadline);

 private:
  const UnitOfWork& unit_of_work_;
};

}  // namespace waybill::order_svc
