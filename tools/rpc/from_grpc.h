// A gRPC status with google.rpc details as absl::Status with the payloads of
// platform/types/error.h: what platform/grpc/errors.h does on the way out, undone by a client.
#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace waybill::rpc {

// The same code and message; ReasonOf, ViolationsOf and RetryAfterOf tell what the details said.
// Details of other types are ignored.
absl::Status FromGrpc(const ::grpc::Status& status);

}  // namespace waybill::rpc
