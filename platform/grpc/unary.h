// How every unary method is served: decode, find the caller, run off gRPC's threads, encode.
//
//   ::grpc::ServerUnaryReactor* OrderHandlers::PlaceOrder(::grpc::CallbackServerContext* context,
//                                                         const ::grpc::ByteBuffer* request,
//                                                         ::grpc::ByteBuffer* response) {
//     return ServeUnary<PlaceOrderRequest, PlaceOrderResponse>(
//         executor_, context, request, response,
//         [this](const Caller& caller, const PlaceOrderRequest& in) { return Place(caller, in); });
//   }
//
// The raw form of the method (WithRawCallbackMethod_PlaceOrder) is used because a request with a
// string that isn't UTF-8 would otherwise be answered UNIMPLEMENTED by gRPC 1.51's callback API,
// without a word about the field.
#pragma once

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "platform/executor/executor.h"
#include "platform/grpc/caller.h"
#include "platform/grpc/errors.h"
#include "platform/grpc/lenient_parse.h"
#include "platform/types/error.h"

namespace waybill::grpc {

// Gives the answer; called once, from any thread.
template <typename Response>
using Answer = std::function<void(absl::StatusOr<Response>)>;

inline absl::Status TooBusy() {
  return Overloaded("the server has as many calls waiting as it takes", absl::Milliseconds(100));
}

// For methods that answer later, from another thread. `method` is called on gRPC's own thread and
// must not block. An error found before `method` could be called is answered here.
template <typename Request, typename Response>
::grpc::ServerUnaryReactor* ServeUnaryAsync(
    ::grpc::CallbackServerContext* context, const ::grpc::ByteBuffer* in, ::grpc::ByteBuffer* out,
    const std::function<void(const Caller&, Request, Answer<Response>)>& method) {
  ::grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::StatusOr<Caller> caller = CallerOf(*context);
  Request request;
  absl::Status status = caller.status();
  if (status.ok()) status = ParseRequest(*in, request);
  if (!status.ok()) {
    reactor->Finish(ToGrpc(status));
    return reactor;
  }
  method(*caller, std::move(request), [reactor, out](absl::StatusOr<Response> response) {
    if (!response.ok()) {
      reactor->Finish(ToGrpc(response.status()));
      return;
    }
    bool own_buffer = false;
    reactor->Finish(
        ::grpc::GenericSerialize<::grpc::ProtoBufferWriter, Response>(*response, out, &own_buffer));
  });
  return reactor;
}

// For methods that may block: `method` runs on the executor; a full queue is answered
// RESOURCE_EXHAUSTED with a retry hint, a call whose deadline passed while it waited
// DEADLINE_EXCEEDED without having been run.
template <typename Request, typename Response>
::grpc::ServerUnaryReactor* ServeUnary(
    Executor& executor, ::grpc::CallbackServerContext* context, const ::grpc::ByteBuffer* in,
    ::grpc::ByteBuffer* out,
    std::function<absl::StatusOr<Response>(const Caller&, const Request&)> method) {
  return ServeUnaryAsync<Request, Response>(
      context, in, out,
      [&executor, method = std::move(method)](const Caller& caller, Request request,
                                              Answer<Response> answer) {
        const bool queued = executor.TrySubmit([caller, request = std::move(request), method,
                                                answer]() mutable {
          if (absl::Now() > caller.deadline) {
            answer(absl::DeadlineExceededError("the deadline passed before the call was begun"));
            return;
          }
          answer(method(caller, request));
        });
        if (!queued) answer(TooBusy());
      });
}

}  // namespace waybill::grpc
