#include "tests/support/grpc_client.h"

#include <algorithm>
#include <chrono>

#include "absl/time/clock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace waybill::test {

std::shared_ptr<::grpc::Channel> MakeChannel(
    const std::string& address, const std::shared_ptr<::grpc::ChannelCredentials>& credentials) {
  ::grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // Reconnect soon after a killed server is back. The time-out of one connection attempt
  // (GRPC_ARG_MIN_RECONNECT_BACKOFF_MS) stays at its default of 20 s, which a busy machine may
  // need.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  return ::grpc::CreateCustomChannel(
      address, credentials != nullptr ? credentials : ::grpc::InsecureChannelCredentials(),
      arguments);
}

std::unique_ptr<::grpc::ClientContext> MakeContext(const std::string& user, absl::Duration timeout,
                                                   const std::string& traceparent) {
  auto context = std::make_unique<::grpc::ClientContext>();
  context->set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  if (!user.empty()) context->AddMetadata("x-user-id", user);
  if (!traceparent.empty()) context->AddMetadata("traceparent", traceparent);
  return context;
}

bool ErrorDetails::Violates(const std::string& field) const {
  return std::any_of(violations.begin(), violations.end(),
                     [&](const FieldViolation& violation) { return violation.field == field; });
}

ErrorDetails DetailsOf(const ::grpc::Status& status) {
  ErrorDetails details;
  google::rpc::Status rich;
  if (!rich.ParseFromString(status.error_details())) return details;
  for (const google::protobuf::Any& any : rich.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad_request;
    google::rpc::RetryInfo retry;
    if (any.UnpackTo(&info)) {
      details.reason = info.reason();
      details.domain = info.domain();
    } else if (any.UnpackTo(&bad_request)) {
      for (const auto& violation : bad_request.field_violations()) {
        details.violations.push_back({violation.field(), violation.description()});
      }
    } else if (any.UnpackTo(&retry)) {
      details.retry_after = absl::Seconds(retry.retry_delay().seconds()) +
                            absl::Nanoseconds(retry.retry_delay().nanos());
    }
  }
  return details;
}

namespace {

std::string CodeName(::grpc::StatusCode code) {
  return std::string(absl::StatusCodeToString(static_cast<absl::StatusCode>(code)));
}

}  // namespace

std::string Describe(const ::grpc::Status& status) {
  if (status.ok()) return "OK";
  const std::string reason = DetailsOf(status).reason;
  return CodeName(status.error_code()) + (reason.empty() ? "" : " (" + reason + ")") + ": " +
         status.error_message();
}

}  // namespace waybill::test
