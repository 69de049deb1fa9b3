#include "tools/rpc/from_grpc.h"

#include <optional>
#include <string>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "platform/types/error.h"

namespace waybill::rpc {

absl::Status FromGrpc(const ::grpc::Status& status) {
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  google::rpc::Status rich;
  if (status.ok() || !rich.ParseFromString(status.error_details())) {
    return absl::Status(code, status.error_message());
  }
  google::rpc::ErrorInfo info;
  std::vector<FieldViolation> violations;
  std::optional<absl::Duration> retry_after;
  for (const google::protobuf::Any& any : rich.details()) {
    google::rpc::BadRequest bad_request;
    google::rpc::RetryInfo retry;
    if (any.UnpackTo(&bad_request)) {
      for (const auto& violation : bad_request.field_violations()) {
        violations.push_back({violation.field(), violation.description()});
      }
    } else if (any.UnpackTo(&retry)) {
      retry_after = absl::Seconds(retry.retry_delay().seconds()) +
                    absl::Nanoseconds(retry.retry_delay().nanos());
    } else {
      any.UnpackTo(&info);
    }
  }
  absl::Status result = MakeError(code, info.reason(), status.error_message(), violations);
  if (retry_after) SetRetryAfter(result, *retry_after);
  return result;
}

}  // namespace waybill::rpc
