#include "platform/events/envelope.h"

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <cstdlib>
#include <memory>

namespace waybill::events {

std::string ToJson(const google::protobuf::Message& message) {
  const google::protobuf::FieldDescriptor* event =
      message.GetDescriptor()->FindFieldByName("event");
  std::string json;
  google::protobuf::util::Status status;
  if (event != nullptr && message.GetReflection()->GetString(message, event).empty()) {
    std::unique_ptr<google::protobuf::Message> named(message.New());
    named->CopyFrom(message);
    named->GetReflection()->SetString(named.get(), event, named->GetDescriptor()->name());
    status = google::protobuf::util::MessageToJsonString(*named, &json);
  } else {
    status = google::protobuf::util::MessageToJsonString(message, &json);
  }
  // Fails only for an Any of an unknown type, which no event has.
  if (!status.ok()) std::abort();
  return json;
}

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
