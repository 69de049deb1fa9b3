// Parses a request so that the error of a bad one names the field that is bad.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include "absl/status/status.h"

namespace waybill::grpc {

// Fills `message` from the bytes. kInvalidArgument with violations: a string field that is not
// UTF-8 (generated code can only say that parsing failed), by its path; or reason
// MALFORMED_REQUEST: not a protobuf of this type.
absl::Status ParseRequest(const ::grpc::ByteBuffer& buffer, google::protobuf::Message& message);

}  // namespace waybill::grpc
