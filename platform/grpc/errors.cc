#include "platform/grpc/errors.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "platform/log/log.h"
#include "platform/types/error.h"
#include "platform/types/utf8.h"

namespace waybill::grpc {
namespace {

constexpr absl::Duration kDefaultRetryAfter = absl::Milliseconds(200);

// C-core's and Java's clients answer a call whose trailers are over 8 KB with an error of their own
// (RESOURCE_EXHAUSTED, INTERNAL) instead of ours, and proxies on the way have smaller limits: an
// error's trailers stay below 4096 bytes on the wire.
//
// The message stands in them twice: percent-encoded in grpc-message, and in the details, which are
// base64. With both budgets used up, 1024 + (1024 + 1024) * 4/3 bytes leave enough for names, code,
// reason and retry hint.
constexpr std::size_t kMaxMessageBytes = 1024;
constexpr std::size_t kMaxViolationBytes = 1024;
constexpr std::string_view kCut = "...";

// What a byte takes in grpc-message (gRPC over HTTP/2, "Percent-Encoded").
std::size_t EncodedSize(unsigned char c) { return c >= 0x20 && c < 0x7f && c != '%' ? 1 : 3; }

// The text, or as many of its first characters as are not over `max_bytes` encoded, and "...".
std::string Cut(const std::string& text, std::size_t max_bytes) {
  std::size_t encoded = 0, kept = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = i + std::max<std::size_t>(1, Utf8CharacterSize(text, i));
    for (; i < end; ++i) encoded += EncodedSize(static_cast<unsigned char>(text[i]));
    if (encoded > max_bytes) return text.substr(0, kept) + std::string(kCut);
    if (encoded + kCut.size() <= max_bytes) kept = end;
  }
  return text;
}

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
    case absl::StatusCode::kFailedPrecondition:
      if (ours) return {::grpc::StatusCode::FAILED_PRECONDITION, message, retry_after};
      return {::grpc::StatusCode::UNAVAILABLE, "a server behind this one refuses its work",
              retry_after.value_or(kDefaultRetryAfter)};
    case absl::StatusCode::kInternal:
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

google::rpc::BadRequest BadRequestOf(const std::vector<FieldViolation>& violations) {
  google::rpc::BadRequest bad_request;
  for (const FieldViolation& violation : violations) {
    auto* field = bad_request.add_field_violations();
    field->set_field(ToStorableText(violation.field));
    field->set_description(ToStorableText(violation.description));
    if (bad_request.ByteSizeLong() > kMaxViolationBytes) {
      bad_request.mutable_field_violations()->RemoveLast();
      break;
    }
  }
  return bad_request;
}

}  // namespace

::grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return ::grpc::Status::OK;
  Outcome outcome = OutcomeOf(status);
  if (outcome.message != status.message()) {
    log::Warn("the call failed", {{"error", status.ToString()}});
  }
  outcome.message = Cut(ToStorableText(outcome.message), kMaxMessageBytes);

  google::rpc::Status rpc;
  rpc.set_code(outcome.code);
  rpc.set_message(outcome.message);
  google::rpc::ErrorInfo info;
  const std::string reason = ReasonOf(status);
  info.set_reason(reason.empty() ? DefaultReason(outcome.code) : reason);
  info.set_domain("waybill");
  rpc.add_details()->PackFrom(info);

  const google::rpc::BadRequest bad_request = BadRequestOf(ViolationsOf(status));
  if (bad_request.field_violations_size() > 0) rpc.add_details()->PackFrom(bad_request);
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
