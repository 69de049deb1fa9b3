#include "platform/grpc/caller.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/time/clock.h"
#include "platform/types/error.h"
#include "platform/types/strings.h"

namespace waybill::grpc {
namespace {

std::string_view MetadataOf(const ::grpc::CallbackServerContext& context, const char* name) {
  const auto& metadata = context.client_metadata();
  const auto entry = metadata.find(name);
  if (entry == metadata.end()) return {};
  return {entry->second.data(), entry->second.size()};
}

}  // namespace

absl::StatusOr<Caller> CallerOf(const ::grpc::CallbackServerContext& context) {
  absl::StatusOr<UserId> user = UserId::Parse(MetadataOf(context, "x-user-id"));
  if (!user.ok()) {
    return MakeError(
        absl::StatusCode::kUnauthenticated, "NO_USER",
        "metadata x-user-id must name the caller: 1 to 64 characters of A-Z a-z 0-9 . _ @ -");
  }
  const absl::Time now = absl::Now();
  const absl::Time deadline =
      std::min(absl::FromChrono(context.deadline()), now + kDefaultCallTimeout);
  if (deadline <= now) return absl::DeadlineExceededError("the deadline has passed");
  return Caller{.user = *std::move(user),
                .is_operator = MetadataOf(context, "x-user-role") == "operator",
                .trace = TraceContext::FromHeader(MetadataOf(context, "traceparent")).Child(),
                .deadline = deadline,
                .has_left = [&context] { return context.IsCancelled(); }};
}

absl::Status RequireOperator(const Caller& caller, std::string_view what) {
  if (caller.is_operator) return absl::OkStatus();
  return MakeError(absl::StatusCode::kPermissionDenied, "NOT_AN_OPERATOR",
                   StrCat(what, " are for operators: metadata x-user-role must be \"operator\""));
}

}  // namespace waybill::grpc
