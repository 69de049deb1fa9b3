#include "payment_svc/application/get_payment.h"

#include <optional>

#include "platform/types/error.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::payment_svc {

absl::StatusOr<Payment> GetPayment::Run(const Viewer& viewer, const OrderId& order,
                                        absl::Time deadline) {
  std::optional<TracedPayment> found;
  RETURN_IF_ERROR(unit_of_work_.Run("get_payment", deadline, [&](Stores& stores) {
    found = stores.payments.Find(order);
    return absl::OkStatus();
  }));
  // Without a charge, and its user, nobody is known to own it.
  if (!found || !found->payment.charge || !found->payment.charge->user ||
      !viewer.MaySee(*found->payment.charge->user)) {
    return MakeError(absl::StatusCode::kNotFound, "PAYMENT_NOT_FOUND",
                     StrCat("order ", order.ToString(), " has no payment"));
  }
  return std::move(found->payment);
}

}  // namespace waybill::payment_svc
