// A look at one payment.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "payment_svc/application/ports.h"

namespace waybill::payment_svc {

// The payment of the user's own order. kNotFound, reason PAYMENT_NOT_FOUND: there is none (yet), or
// it is another user's: the two are not told apart. Blocks for one transaction.
absl::StatusOr<PaymentRecord> GetPayment(UnitOfWork& work, const UserId& user, const OrderId& order,
                                         absl::Time deadline);

}  // namespace waybill::payment_svc
