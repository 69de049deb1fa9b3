// waybill.payments.v1.PaymentService over gRPC.
#pragma once

#include "payment_svc/application/ports.h"
#include "platform/executor/executor.h"
#include "waybill/payments/v1/payment_service.grpc.pb.h"

namespace waybill::payment_svc {

// Thread-safe. Borrows both.
class PaymentHandlers final : public payments::v1::PaymentService::WithRawCallbackMethod_GetPayment<
                                  payments::v1::PaymentService::Service> {
 public:
  PaymentHandlers(UnitOfWork& work, Executor& executor) : work_(work), executor_(executor) {}

  ::grpc::ServerUnaryReactor* GetPayment(::grpc::CallbackServerContext* context,
                                         const ::grpc::ByteBuffer* request,
                                         ::grpc::ByteBuffer* response) override;

 private:
  UnitOfWork& work_;
  Executor& executor_;
};

}  // namespace waybill::payment_svc
