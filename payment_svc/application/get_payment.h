// Use case: returns the payment of an order to the user who placed it.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "payment_svc/storage/stores.h"
#include "platform/types/viewer.h"

namespace waybill::payment_svc {

// Thread-safe.
class GetPayment {
 public:
  explicit GetPayment(const UnitOfWork& unit_of_work) : unit_of_work_(unit_of_work) {}

  // The payment, with its charge. Blocks until `deadline` at most. Errors: kNotFound, reason
  // PAYMENT_NOT_FOUND (there is none yet, or it is somebody else's; the error is the same),
  // UnitOfWork's.
  absl::StatusOr<Payment> Run(const Viewer& viewer, const OrderId& order, absl::Time deadline);

 private:
  const UnitOfWork& unit_of_work_;
};

}  // namespace waybill::payment_svc
