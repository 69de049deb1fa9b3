#include "platform/events/json.h"

#include <google/protobuf/util/json_util.h>

#include <memory>
#include "platform/types/strings.h"

namespace waybill::events {
namespace {

const google::protobuf::FieldDescriptor* EventField(const google::protobuf::Message& message) {
  return message.GetDescriptor()->FindFieldByName("event");
}

}  // namespace

std::string ToJson(const google::protobuf::Message& message) {
  const google::protobuf::FieldDescriptor* event = EventField(message);
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

absl::Status FromJson(std::string_view json, google::protobuf::Message& message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto status =
      google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &message, options);
  const std::string& name = message.GetDescriptor()->name();
  if (!status.ok()) {
    return absl::InvalidArgumentError(StrCat(
        "not a ", name, ": ", std::string_view(status.message().data(), status.message().size())));
  }
  const google::protobuf::FieldDescriptor* event = EventField(message);
  if (event != nullptr && message.GetReflection()->GetString(message, event) != name) {
    return absl::InvalidArgumentError(
        StrCat("the header says ", name, ", the body's \"event\" says \"",
               message.GetReflection()->GetString(message, event), "\""));
  }
  return absl::OkStatus();
}

}  // namespace waybill::events
