#include "platform/events/decoder.h"

#include <google/protobuf/util/json_util.h>

#include "platform/events/quick_json.h"

namespace waybill::events {

absl::Status FromJson(std::string_view json, google::protobuf::Message& message) {
  const std::string& name = message.GetDescriptor()->name();
  if (!ParseQuickly(json, message)) {
    // Protobuf's parser knows all forms, and says what is wrong.
    message.Clear();
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = true;
    const auto status =
        google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &message, options);
    if (!status.ok()) {
      return absl::InvalidArgumentError(
          StrCat("not a ", name, ": ",
                 std::string_view(status.message().data(), status.message().size())));
    }
  }
  const google::protobuf::FieldDescriptor* event =
      message.GetDescriptor()->FindFieldByName("event");
  if (event != nullptr && message.GetReflection()->GetString(message, event) != name) {
    return absl::InvalidArgumentError(
        StrCat("the header says ", name, ", the body's \"event\" says \"",
               message.GetReflection()->GetString(message, event), "\""));
  }
  return absl::OkStatus();
}

absl::StatusOr<OrderId> OrderOf(const IncomingEvent& event, const std::string& order_id) {
  const absl::StatusOr<OrderId> order = OrderId::Parse(order_id);
  if (!order.ok()) {
    return absl::InvalidArgumentError(StrCat("orderId \"", order_id, "\" is not a UUID"));
  }
  if (event.key != order->ToString()) {
    return absl::InvalidArgumentError(StrCat("orderId \"", order_id, "\" is not the record's key"));
  }
  return order;
}

}  // namespace waybill::events
