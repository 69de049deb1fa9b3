#include "payment_svc/transport/events.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "platform/events/topics.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::payment_svc {
namespace {

namespace v1 = ::waybill::events::v1;

constexpr char kSource[] = "payment_svc";

template <typename Body>
absl::StatusOr<Money> AmountIn(const Body& body) {
  if (body.amount_minor() <= 0 || body.amount_minor() > kMaxMinorUnits) {
    return absl::InvalidArgumentError(
        StrCat("amountMinor ", body.amount_minor(), " is outside 1 to ", kMaxMinorUnits));
  }
  const absl::StatusOr<Currency> currency = Currency::Parse(body.currency());
  if (!currency.ok()) return events::InvalidField("currency", currency.status());
  return Money{body.amount_minor(), *currency};
}

absl::StatusOr<Charge> ChargeIn(const v1::OrderPlaced& body) {
  const absl::StatusOr<UserId> user = UserId::Parse(body.user_id());
  if (!user.ok()) return events::InvalidField("userId", user.status());
  if (body.payment_method().empty()) {
    return absl::InvalidArgumentError("paymentMethod is required");
  }
  ASSIGN_OR_RETURN(Money amount, AmountIn(body));
  return Charge{
      .user = *user, .payment_method = body.payment_method(), .amount = std::move(amount)};
}

absl::StatusOr<WantedChange> FromOrderPlaced(const OrderId& order, const v1::OrderPlaced& body,
                                             const events::IncomingEvent& event) {
  ASSIGN_OR_RETURN(Charge charge, ChargeIn(body));
  return WantedChange{.order = order,
                      .wanted = Wanted::kAuthorize,
                      .charge = std::move(charge),
                      .trace = event.trace};
}

absl::StatusOr<WantedChange> FromOrderRefundRequested(const OrderId& order,
                                                      const v1::OrderRefundRequested& body,
                                                      const events::IncomingEvent& event) {
  const absl::StatusOr<RefundId> refund = RefundId::Parse(body.refund_id());
  if (!refund.ok()) {
    return absl::InvalidArgumentError(StrCat("refundId \"", body.refund_id(), "\" is not a UUID"));
  }
  ASSIGN_OR_RETURN(Money amount, AmountIn(body));
  return WantedChange{.order = order,
                      .wanted = Wanted::kAuthorize,
                      .charge = std::nullopt,
                      .trace = event.trace,
                      .refund = Refund{.id = *refund, .amount = std::move(amount)}};
}

// An event that says all that payments want to know by its type.
template <typename Body, Wanted wanted>
absl::StatusOr<WantedChange> FromType(const OrderId& order, const Body&,
                                      const events::IncomingEvent& event) {
  return WantedChange{
      .order = order, .wanted = wanted, .charge = std::nullopt, .trace = event.trace};
}

template <typename Body>
Body About(const Payment& payment) {
  Body body;
  body.set_order_id(payment.order.ToString());
  body.set_payment_id(payment.id.ToString());
  return body;
}

template <typename Body>
Body AboutMoney(const Payment& payment) {
  Body body = About<Body>(payment);
  body.set_amount_minor(payment.charge->amount.minor_units);
  body.set_currency(payment.charge->amount.currency.value());
  return body;
}

v1::PaymentProcessed ProcessedOf(const Payment& payment, const char* status) {
  auto body = AboutMoney<v1::PaymentProcessed>(payment);
  body.set_payment_status(status);
  return body;
}

v1::PaymentProcessed DeclinedOf(const Payment& payment, const std::string& reason) {
  auto body = ProcessedOf(payment, "declined");
  body.set_decline_reason(reason);
  return body;
}

v1::PaymentFailed FailedOf(const Payment& payment, const std::string& reason) {
  auto body = About<v1::PaymentFailed>(payment);
  body.set_reason(reason);
  return body;
}

v1::PaymentReleased ReleasedOf(const Payment& payment, const char* outcome) {
  auto body = AboutMoney<v1::PaymentReleased>(payment);
  body.set_outcome(outcome);
  body.set_amount_minor(RestOf(payment).minor_units);
  return body;
}

// What PaymentRefunded and PaymentRefundFailed have in common.
template <typename Body>
Body AboutRefund(const Payment& payment, const PaymentEvent& event) {
  const auto refund = std::ranges::find(payment.refunds, event.refund, &Refund::id);
  auto body = About<Body>(payment);
  body.set_refund_id(refund->id.ToString());
  body.set_amount_minor(refund->amount.minor_units);
  body.set_currency(refund->amount.currency.value());
  return body;
}

v1::PaymentRefunded PartRefundedOf(const Payment& payment, const PaymentEvent& event) {
  auto body = AboutRefund<v1::PaymentRefunded>(payment, event);
  body.set_refunded_minor(RefundedOf(payment).minor_units);
  return body;
}

v1::PaymentRefundFailed PartFailedOf(const Payment& payment, const PaymentEvent& event) {
  auto body = AboutRefund<v1::PaymentRefundFailed>(payment, event);
  body.set_reason(event.reason);
  return body;
}

}  // namespace

std::vector<std::string> Topics() { return {events::kOrdersTopic, events::kInventoryTopic}; }

const events::Decoders<WantedChange>& EventDecoders() {
  static const auto& decoders = *new events::Decoders<WantedChange>{
      events::DecoderOf(&FromOrderPlaced),
      events::DecoderOf(&FromType<v1::InventoryUpdated, Wanted::kCapture>),
      events::DecoderOf(&FromOrderRefundRequested),
      events::DecoderOf(&FromType<v1::OrderCancelled, Wanted::kRelease>)};
  return decoders;
}

events::OutgoingEvent Encode(const Payment& payment, const PaymentEvent& event,
                             const TraceContext& trace) {
  const auto make = [&](const google::protobuf::Message& body) {
    return events::MakeEvent(events::kPaymentsTopic, kSource, payment.order, event.sequence, trace,
                             body);
  };
  switch (event.kind) {
    case PaymentEvent::Kind::kConfirmed:
      return make(ProcessedOf(payment, "confirmed"));
    case PaymentEvent::Kind::kDeclined:
      return make(DeclinedOf(payment, event.reason));
    case PaymentEvent::Kind::kCaptured:
      return make(AboutMoney<v1::PaymentCaptured>(payment));
    case PaymentEvent::Kind::kFailed:
      return make(FailedOf(payment, event.reason));
    case PaymentEvent::Kind::kVoided:
      return make(ReleasedOf(payment, "voided"));
    case PaymentEvent::Kind::kRefunded:
      return make(ReleasedOf(payment, "refunded"));
    case PaymentEvent::Kind::kPartRefunded:
      return make(PartRefundedOf(payment, event));
    case PaymentEvent::Kind::kPartFailed:
      return make(PartFailedOf(payment, event));
  }
  std::abort();
}

}  // namespace waybill::payment_svc
