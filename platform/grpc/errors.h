// absl::Status with its payloads (platform/types/error.h) as a gRPC status with google.rpc details
// (AIP-193): ErrorInfo with reason and domain "waybill", BadRequest for field violations,
// RetryInfo.
#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace waybill::grpc {

// Codes go over as they are, but for storage's own: kAborted and kUnavailable become UNAVAILABLE
// with a retry hint, kUnknown stays UNKNOWN (it may have happened: ask with the same request_id),
// kInternal and kFailedPrecondition without a reason become INTERNAL with a neutral message (the
// text goes to the log).
::grpc::Status ToGrpc(const absl::Status& status);

}  // namespace waybill::grpc
