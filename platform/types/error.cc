#include "platform/types/error.h"

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "platform/types/strings.h"

namespace waybill {
namespace {

// A client that fixes these learns of the next ones; more would not fit into the trailers.
constexpr std::size_t kMaxFieldViolations = 10;
constexpr char kReason[] = "waybill/reason";
constexpr char kViolations[] = "waybill/violations";
constexpr char kRetryAfter[] = "waybill/retry-after-ms";
// Neither stands in a field path or in a description: both come from this code, not from a client.
constexpr char kBetween = '\x1f';
constexpr char kEnd = '\x1e';

absl::Span<const FieldViolation> First(const std::vector<FieldViolation>& violations) {
  return absl::MakeConstSpan(violations).subspan(0, kMaxFieldViolations);
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, std::string_view reason, std::string_view message,
                       const std::vector<FieldViolation>& violations) {
  absl::Status status(code, ToAbsl(message));
  status.SetPayload(kReason, absl::Cord(ToAbsl(reason)));
  if (!violations.empty()) {
    std::string text;
    for (const FieldViolation& v : First(violations)) {
      StrAppend(&text, v.field, std::string_view(&kBetween, 1), v.description,
                std::string_view(&kEnd, 1));
    }
    status.SetPayload(kViolations, absl::Cord(text));
  }
  return status;
}

absl::Status InvalidFields(const std::vector<FieldViolation>& violations) {
  const absl::Span<const FieldViolation> first = First(violations);
  std::string message = absl::StrJoin(first, "; ", [](std::string* out, const FieldViolation& v) {
    StrAppend(out, v.field, ": ", v.description);
  });
  if (violations.size() > first.size()) {
    StrAppend(&message, "; and ", violations.size() - first.size(), " more");
  }
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_FIELDS", message, violations);
}

absl::Status Overloaded(std::string_view message, absl::Duration retry_after) {
  absl::Status status = MakeError(absl::StatusCode::kResourceExhausted, "OVERLOADED", message);
  SetRetryAfter(status, retry_after);
  return status;
}

void SetRetryAfter(absl::Status& status, absl::Duration retry_after) {
  status.SetPayload(kRetryAfter, absl::Cord(absl::StrCat(absl::ToInt64Milliseconds(retry_after))));
}

std::string ReasonOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kReason);
  return payload ? std::string(*payload) : "";
}

std::vector<FieldViolation> ViolationsOf(const absl::Status& status) {
  std::vector<FieldViolation> violations;
  const auto payload = status.GetPayload(kViolations);
  if (!payload) return violations;
  const std::string text(*payload);
  for (absl::string_view one : absl::StrSplit(text, kEnd, absl::SkipEmpty())) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(one, absl::MaxSplits(kBetween, 1));
    violations.push_back({parts.first, parts.second});
  }
  return violations;
}

std::optional<absl::Duration> RetryAfterOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kRetryAfter);
  std::int64_t ms = 0;
  if (!payload || !absl::SimpleAtoi(std::string(*payload), &ms)) return std::nullopt;
  return absl::Milliseconds(ms);
}

}  // namespace waybill
