// Helpers for tests that call a service over gRPC.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "platform/types/error.h"

namespace waybill::test {

// Returns a channel that shares no connection with another channel, in plain text if no credentials are given.
std::shared_ptr<::grpc::Channel> MakeChannel(
    const std::string& address,
    const std::shared_ptr<::grpc::ChannelCredentials>& credentials = nullptr);

// Returns a call's context. `user` becomes x-user-id unless it is empty.
std::unique_ptr<::grpc::ClientContext> MakeContext(const std::string& user,
                                                   absl::Duration timeout = absl::Seconds(20),
                                                   const std::string& traceparent = "");

// The google.rpc details of a status. A field is empty if the status doesn't have that detail.
struct ErrorDetails {
  std::string reason;
  std::string domain;
  std::vector<FieldViolation> violations;
  std::optional<absl::Duration> retry_after;

  bool Violates(const std::string& field) const;
};
ErrorDetails DetailsOf(const ::grpc::Status& status);

// Returns "OK", or "NOT_FOUND (PRODUCT_NOT_FOUND): message", for failure messages of tests.
std::string Describe(const ::grpc::Status& status);

}  // namespace waybill::test
