#include "platform/events/envelope.h"

#include <google/protobuf/message.h>

#include "platform/events/json.h"

namespace waybill::events {

OutgoingEvent MakeEvent(std::string_view topic, std::string_view source, const OrderId& order,
                        std::int64_t sequence, const TraceContext& trace,
                        const google::protobuf::Message& message) {
  return OutgoingEvent{.id = EventId::New(),
                       .topic = std::string(topic),
                       .type = message.GetDescriptor()->full_name(),
                       .source = std::string(source),
                       .key = order.ToString(),
                       .sequence = sequence,
                       .payload = ToJson(message),
                       .trace = trace};
}

}  // namespace waybill::events
