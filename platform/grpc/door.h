// Door is what every call passes before its handler runs: who calls, whether they may, and until
// when. Behind it are the threads for what may block.
#pragma once

#include <grpcpp/server_context.h>

#include "absl/status/statusor.h"
#include "platform/auth/authenticator.h"
#include "platform/executor/executor.h"
#include "platform/grpc/access.h"
#include "platform/grpc/caller.h"

namespace waybill::grpc {

// Thread-safe. Borrows what it is given.
class Door {
 public:
  Door(Executor& executor, const auth::Authenticator& authenticator)
      : executor_(executor), authenticator_(authenticator) {}

  // Doesn't block. Errors: those of Authenticator::Identify and MethodAccess::Check;
  // kDeadlineExceeded: the deadline has passed already.
  absl::StatusOr<Caller> Admit(const ::grpc::CallbackServerContext& context,
                               const MethodAccess& access) const;

  Executor& executor() const { return executor_; }

 private:
  Executor& executor_;
  const auth::Authenticator& authenticator_;
};

}  // namespace waybill::grpc
