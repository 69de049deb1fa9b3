// What a test needs to call a service over gRPC.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "platform/types/error.h"

namespace waybill::test {

// A channel of its own (no connection shared with another), plain text.
std::shared_ptr<::grpc::Channel> MakeChannel(const std::string& address);

// A call's context: `user` goes into x-user-id unless it is empty.
std::unique_ptr<::grpc::ClientContext> MakeContext(const std::string& user,
                                                   absl::Duration timeout = absl::Seconds(20),
                                                   const std::string& traceparent = "");

// What the status says in google.rpc details; empty where it says nothing.
struct ErrorDetails {
  std::string reason;
  std::string domain;
  std::vector<FieldViolation> violations;
  std::optional<absl::Duration> retry_after;

  bool Violates(const std::string& field) const;
};
ErrorDetails DetailsOf(const ::grpc::Status& status);

// "OK", or "NOT_FOUND (PRODUCT_NOT_FOUND): message", for failures of a test.
std::string Describe(const ::grpc::Status& status);

}  // namespace waybill::test
