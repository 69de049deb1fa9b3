// Serves waybill.payments.v1.PaymentService over gRPC.
#pragma once

#include "payment_svc/application/get_payment.h"
#include "platform/grpc/handlers.h"
#include "waybill/payments/v1/payment_service.grpc.pb.h"

namespace waybill::payment_svc {

// Thread-safe. Borrows door and use case.
class PaymentHandlers final : public grpc::Handlers<payments::v1::PaymentService> {
 public:
  PaymentHandlers(const grpc::Door& door, payment_svc::GetPayment& get_payment);

 private:
  absl::StatusOr<payments::v1::GetPaymentResponse> Get(
      const grpc::Caller& caller, const payments::v1::GetPaymentRequest& request);

  // Spelled out: the base class has a method of this name.
  payment_svc::GetPayment& get_payment_;
};

}  // namespace waybill::payment_svc
