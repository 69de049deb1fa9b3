// Converts absl::Status with its payloads (platform/types/error.h) into a gRPC status with
// google.rpc details (AIP-193): ErrorInfo with reason and domain "waybill", BadRequest for field
// violations, RetryInfo. All trailers together stay below 4 KB: texts that are too long are
// truncated.
#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace waybill::grpc {

// Codes stay as they are, but for storage's own: kAborted, kUnavailable and kFailedPrecondition (somebody
// must mend the database) become UNAVAILABLE with a retry hint, kUnknown stays UNKNOWN (the call may have
// taken effect: retry with the same request_id), and kInternal and kInvalidArgument without a reason
// become INTERNAL. Those without a reason have a neutral message (the log has the text).
::grpc::Status ToGrpc(const absl::Status& status);

}  // namespace waybill::grpc
