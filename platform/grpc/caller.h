// Caller holds who makes a call, in which trace, and until when.
#pragma once

#include <functional>

#include "absl/time/time.h"
#include "platform/auth/principal.h"
#include "platform/grpc/caller_limits.h"
#include "platform/trace/trace_context.h"
#include "platform/types/viewer.h"

namespace waybill::grpc {

struct Caller {
  // For whom the call acts; use cases rely on nothing else.
  UserId user;
  // What else it may do than what any caller of the method may.
  auth::Roles roles;
  // How the caller proved who it is, for the log: Principal::credential.
  std::string credential;
  // A child of the caller's `traceparent`, or a new trace.
  TraceContext trace;
  // The client's deadline, or kDefaultCallTimeout from now where it has none, whichever is sooner.
  absl::Time deadline;
  // Whether the client has cancelled the call or disconnected. Valid until the call is answered;
  // thread-safe.
  std::function<bool()> has_left = [] { return false; };
  // Of operators only: the peer's address, "ipv4:10.0.0.7:41234"; behind a proxy, the proxy's.
  std::string came_from = {};
  // Its place among the caller's open calls. End it before answering.
  OpenCall open_call = {};

  // Operators and auditors see what belongs to anybody.
  Viewer viewer() const {
    return {user, roles.HasAnyOf({auth::Role::kOperator, auth::Role::kAuditor})};
  }
};

inline constexpr absl::Duration kDefaultCallTimeout = absl::Seconds(10);

}  // namespace waybill::grpc
