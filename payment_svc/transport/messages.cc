#include "payment_svc/transport/messages.h"

#include "platform/events/timestamp.h"

namespace waybill::payment_svc {
namespace {

payments::v1::PaymentWanted ToProto(Wanted wanted) {
  switch (wanted) {
    case Wanted::kAuthorize:
      return payments::v1::PAYMENT_WANTED_AUTHORIZE;
    case Wanted::kCapture:
      return payments::v1::PAYMENT_WANTED_CAPTURE;
    case Wanted::kRelease:
      return payments::v1::PAYMENT_WANTED_RELEASE;
  }
  return payments::v1::PAYMENT_WANTED_UNSPECIFIED;
}

payments::v1::PaymentState ToProto(State state) {
  switch (state) {
    case State::kNone:
      return payments::v1::PAYMENT_STATE_NONE;
    case State::kAuthorized:
      return payments::v1::PAYMENT_STATE_AUTHORIZED;
    case State::kDeclined:
      return payments::v1::PAYMENT_STATE_DECLINED;
    case State::kCaptured:
      return payments::v1::PAYMENT_STATE_CAPTURED;
    case State::kVoided:
      return payments::v1::PAYMENT_STATE_VOIDED;
    case State::kRefunded:
      return payments::v1::PAYMENT_STATE_REFUNDED;
  }
  return payments::v1::PAYMENT_STATE_UNSPECIFIED;
}

}  // namespace

payments::v1::Payment ToProto(const Payment& payment) {
  payments::v1::Payment out;
  out.set_payment_id(payment.id.ToString());
  out.set_order_id(payment.order.ToString());
  out.set_wanted(ToProto(payment.wanted));
  out.set_state(ToProto(payment.state));
  out.mutable_amount()->set_minor_units(payment.charge->amount.minor_units);
  out.mutable_amount()->set_currency_code(payment.charge->amount.currency.value());
  const bool all = payment.state == State::kRefunded;
  const Money refunded = all ? payment.charge->amount : RefundedOf(payment);
  out.mutable_refunded()->set_minor_units(refunded.minor_units);
  out.mutable_refunded()->set_currency_code(refunded.currency.value());
  out.set_provider_reference(payment.provider_reference);
  out.set_decline_reason(payment.decline_reason);
  *out.mutable_update_time() = ToTimestamp(payment.updated_at);
  return out;
}

}  // namespace waybill::payment_svc
