#include "payment_svc/application/get_payment.h"

#include "platform/types/error.h"
#include "platform/types/strings.h"

namespace waybill::payment_svc {

absl::StatusOr<PaymentRecord> GetPayment(UnitOfWork& work, const UserId& user, const OrderId& order,
                                         absl::Time deadline) {
  std::optional<PaymentRecord> found;
  const absl::Status status = work.Run("get_payment", deadline, [&](PaymentStore& store) {
    found = store.Find(order);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  if (!found || !found->payment.charge || found->payment.charge->user != user) {
    return MakeError(absl::StatusCode::kNotFound, "PAYMENT_NOT_FOUND",
                     StrCat("order ", order.ToString(), " has no payment"));
  }
  return *std::move(found);
}

}  // namespace waybill::payment_svc
