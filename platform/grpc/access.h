// Reads from a method's descriptor who may call it (proto/waybill/access/v1/access.proto).
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>

#include "absl/status/status.h"
#include "platform/auth/principal.h"

namespace waybill::grpc {

// Who may call a method.
struct MethodAccess {
  // "OrderService.RefundOrder".
  std::string method;
  auth::Roles allowed;
  bool is_stream = false;
  // Whether a trail is kept of operators' calls: customers may not call it, and it has effects
  // (google.protobuf.MethodOptions.idempotency_level isn't NO_SIDE_EFFECTS).
  bool is_audited = false;

  // kPermissionDenied. Reasons: NOT_AN_OPERATOR where operators are allowed and customers are not,
  // else ROLE_NOT_ALLOWED; METHOD_NOT_ALLOWED where the caller's credential is for other methods.
  absl::Status Check(const auth::Principal& principal) const;
};

// `allowed` is empty for a method that says nothing.
MethodAccess AccessOf(const google::protobuf::MethodDescriptor& method);

}  // namespace waybill::grpc
