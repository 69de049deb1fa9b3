#include "platform/grpc/door.h"

#include <grpc/grpc_security_constants.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "absl/time/clock.h"
#include "platform/types/status_macros.h"

namespace waybill::grpc {
namespace {

// "" when the entry is missing. Sets `is_repeated` when it came more than once.
std::string_view MetadataOf(const ::grpc::CallbackServerContext& context, const char* name,
                            bool& is_repeated) {
  const auto& metadata = context.client_metadata();
  const auto [first, end] = metadata.equal_range(name);
  if (first == end) return {};
  is_repeated = is_repeated || std::next(first) != end;
  return {first->second.data(), first->second.size()};
}

std::vector<std::string_view> PeerNamesOf(const ::grpc::CallbackServerContext& context) {
  std::vector<std::string_view> names;
  const auto peer = context.auth_context();
  if (peer == nullptr || !peer->IsPeerAuthenticated()) return names;
  const auto add = [&](const char* property) {
    for (const ::grpc::string_ref& name : peer->FindPropertyValues(property)) {
      names.emplace_back(name.data(), name.size());
    }
  };
  add(GRPC_PEER_DNS_PROPERTY_NAME);
  add(GRPC_PEER_URI_PROPERTY_NAME);
  if (names.empty()) add(GRPC_X509_CN_PROPERTY_NAME);
  return names;
}

auth::Credentials CredentialsOf(const ::grpc::CallbackServerContext& context) {
  auth::Credentials credentials;
  credentials.authorization = MetadataOf(context, "authorization", credentials.is_ambiguous);
  credentials.user = MetadataOf(context, "x-user-id", credentials.is_ambiguous);
  credentials.role = MetadataOf(context, "x-user-role", credentials.is_ambiguous);
  credentials.peer_names = PeerNamesOf(context);
  return credentials;
}

absl::Duration SteadyNow() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

absl::StatusOr<Caller> Door::Admit(const ::grpc::CallbackServerContext& context,
                                   const MethodAccess& access) const {
  ASSIGN_OR_RETURN(auth::Principal principal, authenticator_.Identify(CredentialsOf(context)));
  RETURN_IF_ERROR(access.Check(principal));
  const absl::Time now = absl::Now();
  const absl::Time deadline =
      std::min(absl::FromChrono(context.deadline()), now + kDefaultCallTimeout);
  if (deadline <= now) return absl::DeadlineExceededError("the deadline has passed");
  OpenCall open_call;
  if (principal.is_limited) {
    const CallKind kind = access.is_stream ? CallKind::kStream : CallKind::kUnary;
    ASSIGN_OR_RETURN(open_call, limits_.Begin(principal.user.value(), kind, SteadyNow()));
  }
  bool is_repeated = false;
  return Caller{
      .user = std::move(principal.user),
      .roles = principal.roles,
      .credential = std::move(principal.credential),
      .trace = TraceContext::FromHeader(MetadataOf(context, "traceparent", is_repeated)).Child(),
      .deadline = deadline,
      .has_left = [&context] { return context.IsCancelled(); },
      .came_from = principal.roles.Has(auth::Role::kOperator) ? context.peer() : "",
      .open_call = std::move(open_call)};
}

absl::Status Door::Run(const Caller& caller, const MethodAccess& access,
                       const google::protobuf::Message& request,
                       absl::FunctionRef<absl::Status()> effect) const {
  if (!access.is_audited || !caller.roles.Has(auth::Role::kOperator)) return effect();
  return RunAudited(audit_,
                    {.caller = caller.user.value(),
                     .credential = caller.credential,
                     .method = access.method,
                     .subject = SubjectOf(request),
                     .came_from = caller.came_from,
                     .trace_id = caller.trace.trace_id()},
                    caller.deadline, effect);
}

}  // namespace waybill::grpc
