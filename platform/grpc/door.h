// Door is what every call passes before its handler runs: who calls, whether they may, whether they
// call too much, and until when. Behind it are the threads for what may block.
#pragma once

#include <grpcpp/server_context.h>

#include "absl/status/statusor.h"
#include "platform/auth/authenticator.h"
#include "platform/executor/executor.h"
#include "platform/grpc/access.h"
#include "platform/grpc/audit.h"
#include "platform/grpc/caller.h"
#include "platform/grpc/caller_limits.h"

namespace waybill::grpc {

// Thread-safe. Borrows what it is given.
class Door {
 public:
  Door(Executor& executor, const auth::Authenticator& authenticator, CallerLimits& limits,
       AuditTrail& audit)
      : executor_(executor), authenticator_(authenticator), limits_(limits), audit_(audit) {}

  // Doesn't block. Errors: those of Authenticator::Identify, MethodAccess::Check and
  // CallerLimits::Begin; kDeadlineExceeded: the deadline has passed already.
  absl::StatusOr<Caller> Admit(const ::grpc::CallbackServerContext& context,
                               const MethodAccess& access) const;

  // Runs the call's effect, and records it if the method is audited and an operator calls. Blocks.
  // Errors: the effect's; AuditTrail::Begin's, and then nothing was done.
  absl::Status Run(const Caller& caller, const MethodAccess& access,
                   const google::protobuf::Message& request,
                   absl::FunctionRef<absl::Status()> effect) const;

  Executor& executor() const { return executor_; }

 private:
  Executor& executor_;
  const auth::Authenticator& authenticator_;
  CallerLimits& limits_;
  AuditTrail& audit_;
};

}  // namespace waybill::grpc
