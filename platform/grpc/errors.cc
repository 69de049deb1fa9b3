#include "platform/grpc/errors.h"

#include <optional>
#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "platform/log/log.h"
#include "platform/types/error.h"

namespace waybill::grpc {
namespace {

constexpr absl::Duration kDefaultRetryAfter = absl::Milliseconds(200);

struct Outcome {
  ::grpc::StatusCode code;
  std::string message;
  std::optional<absl::Duration> retry_after;
};

Outcome OutcomeOf(const absl::Status& status) {
  const std::string message(status.message());
  std::optional<absl::Duration> retry_after = RetryAfterOf(status);
  const bool ours = !ReasonOf(status).empty();
  switch (status.code()) {
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kUnavailable:
      return {::grpc::StatusCode::UNAVAILABLE,
              ours ? message : "a server behind this one can't be reached",
              retry_after.value_or(kDefaultRetryAfter)};
    case absl::StatusCode::kResourceExhausted:
      return {::grpc::StatusCode::RESOURCE_EXHAUSTED, message,
              retry_after.value_or(kDefaultRetryAfter)};
    case absl::StatusCode::kUnknown:
      return {::grpc::StatusCode::UNKNOWN,
              "it is not known whether this took effect; call again with the same request_id",
              retry_after.value_or(kDefaultRetryAfter)};
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kInvalidArgument:
      if (ours) return {static_cast<::grpc::StatusCode>(status.raw_code()), message, retry_after};
      return {::grpc::StatusCode::INTERNAL, "internal error; the server's log has the details",
              std::nullopt};
    default:
      return {static_cast<::grpc::StatusCode>(status.raw_code()), message, retry_after};
  }
}

const char* DefaultReason(::grpc::StatusCode code) {
  switch (code) {
    case ::grpc::StatusCode::UNAVAILABLE:
      return "UNAVAILABLE";
    case ::grpc::StatusCode::RESOURCE_EXHAUSTED:
      return "OVERLOADED";
    case ::grpc::StatusCode::DEADLINE_EXCEEDED:
      return "DEADLINE_EXCEEDED";
    case ::grpc::StatusCode::UNKNOWN:
      return "OUTCOME_UNKNOWN";
    default:
      return "INTERNAL";
  }
}

}  // namespace

::grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return ::grpc::Status::OK;
  const Outcome outcome = OutcomeOf(status);
  if (outcome.message != status.message()) {
    log::Warn("the call failed", {{"error", status.ToString()}});
  }

  google::rpc::Status rpc;
  rpc.set_code(outcome.code);
  rpc.set_message(outcome.message);
  google::rpc::ErrorInfo info;
  const std::string reason = ReasonOf(status);
  info.set_reason(reason.empty() ? DefaultReason(outcome.code) : reason);
  info.set_domain("waybill");
  rpc.add_details()->PackFrom(info);

  const std::vector<FieldViolation> violations = ViolationsOf(status);
  if (!violations.empty()) {
    google::rpc::BadRequest bad_request;
    for (const FieldViolation& violation : violations) {
      auto* field = bad_request.add_field_violations();
      field->set_field(violation.field);
      field->set_description(violation.description);
    }
    rpc.add_details()->PackFrom(bad_request);
  }
  if (outcome.retry_after) {
    google::rpc::RetryInfo retry;
    const std::int64_t ms = absl::ToInt64Milliseconds(*outcome.retry_after);
    retry.mutable_retry_delay()->set_seconds(ms / 1000);
    retry.mutable_retry_delay()->set_nanos(static_cast<std::int32_t>(ms % 1000) * 1'000'000);
    rpc.add_details()->PackFrom(retry);
  }
  return ::grpc::Status(outcome.code, outcome.message, rpc.SerializeAsString());
}

}  // namespace waybill::grpc
