// AuditTrail records what operators did; services have the one of audit/operator_call_store.h.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/types/uuid.h"

namespace waybill::grpc {

// Who called, from where, and the ids in the request: no postal or mail address, amount, free text or
// secret.
struct AuditedCall {
  // Who, and how that was proved: Caller's.
  std::string caller;
  std::string credential;
  // "OrderService.RefundOrder".
  std::string method;
  // SubjectOf the request.
  std::string subject;
  // "ipv4:10.0.0.7:41234".
  std::string came_from;
  std::string trace_id;
};

// Thread-safe. Its methods block.
class AuditTrail {
 public:
  virtual ~AuditTrail() = default;
  // Records that the call begins. After an error it must not take effect.
  virtual absl::StatusOr<Uuid> Begin(const AuditedCall& call, absl::Time deadline) = 0;
  // Records how it ended: "OK", "NOT_FOUND (ORDER_NOT_FOUND)". A failure to do so is logged.
  virtual void End(const Uuid& call, std::string_view outcome) = 0;
};

// The ids and keys of a request, with those of the messages in it: "order_id=..., request_id=...". Each
// is made visible, and cut after 100 bytes.
std::string SubjectOf(const google::protobuf::Message& request);

// Runs `effect` between Begin and End, unless Begin fails: then its error is returned.
absl::Status RunAudited(AuditTrail& trail, const AuditedCall& call, absl::Time deadline,
                        absl::FunctionRef<absl::Status()> effect);

}  // namespace waybill::grpc
