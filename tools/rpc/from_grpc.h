// Converts a gRPC status with google.rpc details into an absl::Status with the payloads of
// platform/types/error.h: the client's counterpart of platform/grpc/errors.h.
#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace waybill::rpc {

// Returns a status with the same code and message; ReasonOf, ViolationsOf and RetryAfterOf return
// what the details contained. Details of other types are ignored.
absl::Status FromGrpc(const ::grpc::Status& status);

}  // namespace waybill::rpc
