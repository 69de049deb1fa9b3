// Caller holds who makes a call, in which trace, and until when.
#pragma once

#include <grpcpp/server_context.h>

#include <functional>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/trace/trace_context.h"
#include "platform/types/ids.h"
#include "platform/types/names.h"

namespace waybill::grpc {

struct Caller {
  // From the metadata entry `x-user-id`, 1 to 64 characters of [A-Za-z0-9._@-]. The authenticating
  // gateway in front of the services sets it; use cases rely on nothing else.
  UserId user;
  // Whether the metadata entry `x-user-role` is "operator". The same gateway sets it, and keeps
  // customers from sending it.
  bool is_operator = false;
  // A child of the caller's `traceparent`, or a new trace.
  TraceContext trace;
  // The client's deadline, or kDefaultCallTimeout from now where it has none, whichever is sooner.
  absl::Time deadline;
  // Whether the client has cancelled the call or disconnected. Valid until the call is answered;
  // thread-safe.
  std::function<bool()> has_left = [] { return false; };
};

inline constexpr absl::Duration kDefaultCallTimeout = absl::Seconds(10);

// kUnauthenticated (reason NO_USER): no user, or one that isn't well-formed. kDeadlineExceeded: the
// deadline has passed already.
absl::StatusOr<Caller> CallerOf(const ::grpc::CallbackServerContext& context);

// Returns OK if an operator makes the call, else kPermissionDenied, reason NOT_AN_OPERATOR. `what`
// is the message's subject, in the plural: "parked events".
absl::Status RequireOperator(const Caller& caller, std::string_view what);

}  // namespace waybill::grpc
