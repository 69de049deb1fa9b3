#include "payment_svc/transport/event_codec.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "platform/events/json.h"
#include "platform/events/topics.h"
#include "platform/types/strings.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::payment_svc {
namespace {

namespace pb = waybill::events::v1;

constexpr char kOrderPlaced[] = "waybill.events.v1.OrderPlaced";
constexpr char kOrderCancelled[] = "waybill.events.v1.OrderCancelled";
constexpr char kInventoryUpdated[] = "waybill.events.v1.InventoryUpdated";

absl::Status Invalid(const events::IncomingEvent& event, std::string_view what) {
  return absl::InvalidArgumentError(StrCat(event.type, " of ", event.key, ": ", what));
}

absl::StatusOr<WantedChange> ChangeOf(const events::IncomingEvent& event,
                                      const std::string& order_id, Wanted wanted) {
  absl::StatusOr<OrderId> order = OrderId::Parse(order_id);
  if (!order.ok()) return Invalid(event, "orderId is not a UUID");
  if (event.key != order->ToString()) return Invalid(event, "orderId is not the record's key");
  return WantedChange{*order, wanted, std::nullopt, event.trace};
}

bool IsCurrency(const std::string& text) {
  return text.size() == 3 && std::all_of(text.begin(), text.end(), absl::ascii_isupper);
}

absl::StatusOr<WantedChange> DecodePlaced(const events::IncomingEvent& event) {
  absl::StatusOr<pb::OrderPlaced> placed = events::FromJson<pb::OrderPlaced>(event.payload);
  if (!placed.ok()) return placed.status();
  absl::StatusOr<WantedChange> change = ChangeOf(event, placed->order_id(), Wanted::kAuthorize);
  if (!change.ok()) return change;
  if (placed->user_id().empty()) return Invalid(event, "userId is missing");
  if (placed->payment_method().empty()) return Invalid(event, "paymentMethod is missing");
  if (placed->amount_minor() <= 0 || placed->amount_minor() > kMaxMinorUnits) {
    return Invalid(event, "amountMinor is out of range");
  }
  if (!IsCurrency(placed->currency())) return Invalid(event, "currency is not an ISO 4217 code");
  change->charge = Charge{UserId(placed->user_id()), placed->payment_method(),
                          Money{placed->amount_minor(), placed->currency()}};
  return change;
}

template <typename Message>
absl::StatusOr<WantedChange> DecodeOrderId(const events::IncomingEvent& event, Wanted wanted) {
  absl::StatusOr<Message> message = events::FromJson<Message>(event.payload);
  if (!message.ok()) return message.status();
  return ChangeOf(event, message->order_id(), wanted);
}

template <typename Message>
Message About(const Payment& payment) {
  Message message;
  message.set_order_id(payment.order.ToString());
  message.set_payment_id(payment.id.ToString());
  return message;
}

template <typename Message>
Message AboutMoney(const Payment& payment) {
  Message message = About<Message>(payment);
  message.set_amount_minor(payment.charge->amount.minor_units);
  message.set_currency(payment.charge->amount.currency);
  return message;
}

events::OutgoingEvent Make(const EmittedEvent& emitted, const google::protobuf::Message& message) {
  return events::MakeEvent(events::kPaymentsTopic, "payment_svc", emitted.about.payment.order,
                           emitted.event.sequence, emitted.about.trace.Child(), message);
}

}  // namespace

bool IsWantedChange(const std::string& type) {
  return type == kOrderPlaced || type == kOrderCancelled || type == kInventoryUpdated;
}

absl::StatusOr<WantedChange> DecodeWantedChange(const events::IncomingEvent& event) {
  if (event.type == kOrderPlaced) return DecodePlaced(event);
  if (event.type == kOrderCancelled) {
    return DecodeOrderId<pb::OrderCancelled>(event, Wanted::kRelease);
  }
  if (event.type == kInventoryUpdated) {
    return DecodeOrderId<pb::InventoryUpdated>(event, Wanted::kCapture);
  }
  return Invalid(event, "payments don't handle this type");
}

events::OutgoingEvent EncodeEvent(const EmittedEvent& emitted) {
  const Payment& payment = emitted.about.payment;
  switch (emitted.event.kind) {
    case Event::Kind::kConfirmed: {
      auto message = AboutMoney<pb::PaymentProcessed>(payment);
      message.set_payment_status("confirmed");
      return Make(emitted, message);
    }
    case Event::Kind::kDeclined: {
      auto message = AboutMoney<pb::PaymentProcessed>(payment);
      message.set_payment_status("declined");
      message.set_decline_reason(emitted.event.reason);
      return Make(emitted, message);
    }
    case Event::Kind::kCaptured:
      return Make(emitted, AboutMoney<pb::PaymentCaptured>(payment));
    case Event::Kind::kFailed: {
      auto message = About<pb::PaymentFailed>(payment);
      message.set_reason(emitted.event.reason);
      return Make(emitted, message);
    }
    case Event::Kind::kVoided:
    case Event::Kind::kRefunded: {
      auto message = AboutMoney<pb::PaymentReleased>(payment);
      message.set_outcome(emitted.event.kind == Event::Kind::kVoided ? "voided" : "refunded");
      return Make(emitted, message);
    }
  }
  return {};
}

}  // namespace waybill::payment_svc
