#include "payment_svc/transport/payment_handlers.h"

#include "payment_svc/application/get_payment.h"
#include "platform/grpc/field_checks.h"
#include "platform/grpc/unary.h"

namespace waybill::payment_svc {
namespace {

namespace pb = waybill::payments::v1;

pb::PaymentWanted ToProto(Wanted wanted) {
  switch (wanted) {
    case Wanted::kAuthorize:
      return pb::PAYMENT_WANTED_AUTHORIZE;
    case Wanted::kCapture:
      return pb::PAYMENT_WANTED_CAPTURE;
    case Wanted::kRelease:
      return pb::PAYMENT_WANTED_RELEASE;
  }
  return pb::PAYMENT_WANTED_UNSPECIFIED;
}

pb::PaymentState ToProto(State state) {
  switch (state) {
    case State::kNone:
      return pb::PAYMENT_STATE_NONE;
    case State::kAuthorized:
      return pb::PAYMENT_STATE_AUTHORIZED;
    case State::kDeclined:
      return pb::PAYMENT_STATE_DECLINED;
    case State::kCaptured:
      return pb::PAYMENT_STATE_CAPTURED;
    case State::kVoided:
      return pb::PAYMENT_STATE_VOIDED;
    case State::kRefunded:
      return pb::PAYMENT_STATE_REFUNDED;
  }
  return pb::PAYMENT_STATE_UNSPECIFIED;
}

pb::GetPaymentResponse ToProto(const PaymentRecord& record) {
  pb::GetPaymentResponse response;
  pb::Payment& out = *response.mutable_payment();
  const Payment& payment = record.payment;
  out.set_payment_id(payment.id.ToString());
  out.set_order_id(payment.order.ToString());
  out.set_wanted(ToProto(payment.wanted));
  out.set_state(ToProto(payment.state));
  out.mutable_amount()->set_minor_units(payment.charge->amount.minor_units);
  out.mutable_amount()->set_currency_code(payment.charge->amount.currency);
  out.set_provider_reference(payment.provider_reference);
  out.set_decline_reason(payment.decline_reason);
  const std::int64_t micros = absl::ToUnixMicros(record.updated_at);
  out.mutable_update_time()->set_seconds(micros / 1'000'000);
  out.mutable_update_time()->set_nanos(static_cast<int>(micros % 1'000'000) * 1000);
  return response;
}

absl::StatusOr<pb::GetPaymentResponse> Serve(UnitOfWork& work, const grpc::Caller& caller,
                                             const pb::GetPaymentRequest& request) {
  grpc::FieldChecks checks;
  const OrderId order(checks.AsUuid("order_id", request.order_id()));
  if (absl::Status status = checks.Finish(); !status.ok()) return status;
  absl::StatusOr<PaymentRecord> record = GetPayment(work, caller.user, order, caller.deadline);
  if (!record.ok()) return record.status();
  return ToProto(*record);
}

}  // namespace

::grpc::ServerUnaryReactor* PaymentHandlers::GetPayment(::grpc::CallbackServerContext* context,
                                                        const ::grpc::ByteBuffer* request,
                                                        ::grpc::ByteBuffer* response) {
  return grpc::ServeUnary<pb::GetPaymentRequest, pb::GetPaymentResponse>(
      executor_, context, request, response,
      [this](const grpc::Caller& caller, const pb::GetPaymentRequest& get) {
        return Serve(work_, caller, get);
      });
}

}  // namespace waybill::payment_svc
