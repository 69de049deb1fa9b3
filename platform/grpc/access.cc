#include "platform/grpc/access.h"

#include <algorithm>

#include "platform/types/error.h"
#include "platform/types/strings.h"
#include "waybill/access/v1/access.pb.h"

namespace waybill::grpc {
namespace {

absl::Status CheckMethods(const std::vector<std::string>& methods, const std::string& method) {
  const std::string service = method.substr(0, method.find('.'));
  const bool is_among = std::ranges::any_of(
      methods, [&](const std::string& one) { return one == method || one == service; });
  if (methods.empty() || is_among) return absl::OkStatus();
  return MakeError(absl::StatusCode::kPermissionDenied, "METHOD_NOT_ALLOWED",
                   StrCat("the credential is not for ", method));
}

}  // namespace

absl::Status MethodAccess::Check(const auth::Principal& principal) const {
  if (principal.roles.HasAnyOf(allowed)) return CheckMethods(principal.methods, method);
  const bool is_for_operators =
      allowed.Has(auth::Role::kOperator) && !allowed.Has(auth::Role::kCustomer);
  return MakeError(absl::StatusCode::kPermissionDenied,
                   is_for_operators ? "NOT_AN_OPERATOR" : "ROLE_NOT_ALLOWED",
                   StrCat(method, " is for callers with one of these roles: ", allowed.ToString()));
}

MethodAccess AccessOf(const google::protobuf::MethodDescriptor& method) {
  MethodAccess access{.method = StrCat(method.service()->name(), ".", method.name()),
                      .allowed = {},
                      .is_stream = method.server_streaming() || method.client_streaming()};
  const google::protobuf::MethodOptions& options = method.options();
  for (int i = 0; i < options.ExtensionSize(access::v1::allowed); ++i) {
    access.allowed.Add(static_cast<auth::Role>(options.GetExtension(access::v1::allowed, i)));
  }
  access.is_audited =
      !access.allowed.Has(auth::Role::kCustomer) &&
      options.idempotency_level() != google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
  return access;
}

}  // namespace waybill::grpc
