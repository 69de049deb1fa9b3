// Decodes an event, as it came in, into a service's own value.
//
//   // order_svc/transport/events.cc
//   absl::StatusOr<SagaEvent> FromPaymentFailed(const OrderId& order,
//                                               const v1::PaymentFailed& body,
//                                               const IncomingEvent& event);
//   const Decoders<SagaEvent> kDecoders = {DecoderOf(&FromPaymentFailed), ...};
//
// The body's type says which events the function decodes. A decoder parses the body and checks what
// holds for every event: that it is about the order that the record's key names.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "platform/events/envelope.h"
#include "platform/types/ids.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::events {

template <typename Change>
struct Decoder {
  // "waybill.events.v1.PaymentFailed".
  std::string type;
  std::function<absl::StatusOr<Change>(const IncomingEvent&)> decode;
};

template <typename Change>
using Decoders = std::vector<Decoder<Change>>;

// Fills `message` from an event's body, which ToJson wrote (envelope.h). Unknown fields are
// ignored, so that producers can be deployed first. kInvalidArgument: not JSON, a wrong type, or
// `event` isn't the message's name.
absl::Status FromJson(std::string_view json, google::protobuf::Message& message);

template <typename Body>
absl::StatusOr<Body> FromJson(std::string_view json) {
  Body body;
  RETURN_IF_ERROR(FromJson(json, body));
  return body;
}

// The order that an event is about. kInvalidArgument: `order_id`, from the body, is not a UUID or
// not the record's key, by which events are kept in order and parked.
absl::StatusOr<OrderId> OrderOf(const IncomingEvent& event, const std::string& order_id);

// Every Body has a string field order_id.
template <typename Change, typename Body>
Decoder<Change> DecoderOf(absl::StatusOr<Change> (*from)(const OrderId&, const Body&,
                                                         const IncomingEvent&)) {
  return {Body::descriptor()->full_name(),
          [from](const IncomingEvent& event) -> absl::StatusOr<Change> {
            ASSIGN_OR_RETURN(const Body body, FromJson<Body>(event.payload));
            ASSIGN_OR_RETURN(const OrderId order, OrderOf(event, body.order_id()));
            return from(order, body, event);
          }};
}

template <typename Change>
bool Handles(const Decoders<Change>& decoders, const std::string& type) {
  for (const Decoder<Change>& decoder : decoders) {
    if (decoder.type == type) return true;
  }
  return false;
}

// kInvalidArgument, naming the event: its type has no decoder, its body is not of its type, its
// order is not its key's, or what the decoder found wrong.
template <typename Change>
absl::StatusOr<Change> Decode(const Decoders<Change>& decoders, const IncomingEvent& event) {
  for (const Decoder<Change>& decoder : decoders) {
    if (decoder.type != event.type) continue;
    absl::StatusOr<Change> change = decoder.decode(event);
    if (change.ok()) return change;
    return absl::Status(change.status().code(), StrCat(event.type, " ", event.id.ToString(), ": ",
                                                       ToStd(change.status().message())));
  }
  return absl::InvalidArgumentError(StrCat("no decoder for events of type ", event.type));
}

// The error of a field of the body: "userId is required".
inline absl::Status InvalidField(std::string_view field, const absl::Status& error) {
  return absl::InvalidArgumentError(StrCat(field, " ", ToStd(error.message())));
}

}  // namespace waybill::events
