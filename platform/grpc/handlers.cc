#include "platform/grpc/handlers.h"

#include <google/protobuf/descriptor.h>

#include <cstdio>
#include <cstdlib>

#include "absl/time/clock.h"
#include "platform/grpc/lenient_parse.h"
#include "platform/types/error.h"
#include "platform/types/status_macros.h"

namespace waybill::grpc {

absl::Status TooBusy() {
  return Overloaded("the server has as many calls waiting as it takes", absl::Milliseconds(100));
}

absl::Status ShuttingDown() {
  absl::Status status = MakeError(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                                  "this server is shutting down; call another");
  SetRetryAfter(status, absl::Milliseconds(500));
  return status;
}

namespace internal {

Method FindMethod(const char* service, const char* method,
                  const google::protobuf::Descriptor* request,
                  const google::protobuf::Descriptor* response) {
  const google::protobuf::ServiceDescriptor* const descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service);
  const google::protobuf::MethodDescriptor* const found =
      descriptor == nullptr ? nullptr : descriptor->FindMethodByName(method);
  if (found == nullptr || found->input_type() != request || found->output_type() != response) {
    std::fprintf(stderr, "%s has no method %s from %s to %s\n", service, method,
                 request->full_name().c_str(), response->full_name().c_str());
    std::abort();
  }
  MethodAccess access = AccessOf(*found);
  if (access.allowed.empty()) {
    std::fprintf(stderr, "%s doesn't say who may call it (waybill.access.v1.allowed)\n",
                 found->full_name().c_str());
    std::abort();
  }
  return {found->index(), std::move(access)};
}

void DemandNoTrail(const Method& method) {
  if (!method.access.is_audited) return;
  std::fprintf(stderr,
               "%s must be served by a handler that blocks: operators' calls are recorded\n",
               method.access.method.c_str());
  std::abort();
}

absl::Status ReadCall(const Door& door, const MethodAccess& access,
                      const ::grpc::CallbackServerContext& context, const ::grpc::ByteBuffer& in,
                      Caller& caller, google::protobuf::Message& request) {
  if (door.executor().is_closed()) return ShuttingDown();
  ASSIGN_OR_RETURN(caller, door.Admit(context, access));
  return ParseRequest(in, request);
}

void RunCall(Executor& executor, const Caller& caller, ::grpc::ServerUnaryReactor* reactor,
             std::function<::grpc::Status()> answer) {
  const bool queued = executor.TrySubmit([deadline = caller.deadline, open_call = caller.open_call,
                                          reactor, answer = std::move(answer)] {
    const ::grpc::Status status =
        absl::Now() > deadline
            ? ToGrpc(absl::DeadlineExceededError("the deadline passed before the call was begun"))
            : answer();
    open_call.End();
    reactor->Finish(status);
  });
  if (queued) return;
  caller.open_call.End();
  reactor->Finish(ToGrpc(executor.is_closed() ? ShuttingDown() : TooBusy()));
}

}  // namespace internal
}  // namespace waybill::grpc
