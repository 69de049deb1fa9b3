// Adds details to an error: which fields are wrong, a stable reason, when to retry. They are
// payloads of absl::Status, so that domain and application need no gRPC; platform/grpc/errors.h
// converts them into google.rpc details.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace waybill {

// One wrong field of a request. `field` is a path as AIP-193 writes it: "items[1].quantity".
struct FieldViolation {
  std::string field;
  std::string description;

  friend bool operator==(const FieldViolation&, const FieldViolation&) = default;
};

// An error with a stable reason ("REQUEST_ID_REUSED") for clients, and the first ten violations.
absl::Status MakeError(absl::StatusCode code, std::string_view reason, std::string_view message,
                       const std::vector<FieldViolation>& violations = {});
// kInvalidArgument, reason INVALID_FIELDS. The message lists the first ten violations and counts
// the others ("and 90 more"). `violations` must not be empty.
absl::Status InvalidFields(const std::vector<FieldViolation>& violations);
// kResourceExhausted, reason OVERLOADED, to be retried after `retry_after`.
absl::Status Overloaded(std::string_view message, absl::Duration retry_after);

void SetRetryAfter(absl::Status& status, absl::Duration retry_after);

// "" when there is none.
std::string ReasonOf(const absl::Status& status);
std::vector<FieldViolation> ViolationsOf(const absl::Status& status);
std::optional<absl::Duration> RetryAfterOf(const absl::Status& status);

}  // namespace waybill
