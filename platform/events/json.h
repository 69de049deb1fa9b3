// Writes and reads event bodies: waybill/events/v1 in the protobuf JSON mapping
// (https://protobuf.dev/programming-guides/json/).
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace waybill::events {

// One line, lowerCamelCase names, fields at their default left out. Writes the message's short name
// into its field `event` if that is empty.
std::string ToJson(const google::protobuf::Message& message);

// Fills `message`. Unknown fields are ignored, so that producers can be deployed
// first. kInvalidArgument:
// not JSON, a wrong type, or `event` isn't the message's name.
absl::Status FromJson(std::string_view json, google::protobuf::Message& message);

template <typename M>
absl::StatusOr<M> FromJson(std::string_view json) {
  M message;
  if (absl::Status status = FromJson(json, message); !status.ok()) return status;
  return message;
}

}  // namespace waybill::events
