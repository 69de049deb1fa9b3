#include "payment_svc/transport/payment_handlers.h"

#include "payment_svc/transport/messages.h"
#include "platform/grpc/field_checks.h"
#include "platform/types/status_macros.h"

namespace waybill::payment_svc {

namespace v1 = ::waybill::payments::v1;

PaymentHandlers::PaymentHandlers(const grpc::Door& door, payment_svc::GetPayment& get_payment)
    : Handlers(door), get_payment_(get_payment) {
  Serve("GetPayment", &PaymentHandlers::Get);
}

absl::StatusOr<v1::GetPaymentResponse> PaymentHandlers::Get(const grpc::Caller& caller,
                                                            const v1::GetPaymentRequest& request) {
  grpc::FieldChecks checks;
  const auto order = checks.AsId<OrderId>("order_id", request.order_id());
  RETURN_IF_ERROR(checks.Finish());
  ASSIGN_OR_RETURN(const Payment payment,
                   get_payment_.Run(caller.viewer(), order, caller.deadline));
  v1::GetPaymentResponse response;
  *response.mutable_payment() = ToProto(payment);
  return response;
}

}  // namespace waybill::payment_svc
