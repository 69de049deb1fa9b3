// How every gRPC method is served: its caller passes the door, its request is decoded, its handler
// run off gRPC's threads, the response encoded.
//
//   class OrderHandlers final : public grpc::Handlers<orders::v1::OrderService> {
//    public:
//     OrderHandlers(Door& door, PlaceOrder& place_order) : Handlers(door), ... {
//       Serve("PlaceOrder", &OrderHandlers::Place);
//     }
//
//    private:
//     absl::StatusOr<v1::PlaceOrderResponse> Place(const grpc::Caller& caller,
//                                                  const v1::PlaceOrderRequest& request);
//
// A handler may block. A handler that answers later, without blocking, takes a Reply:
//
//     void Place(const grpc::Caller& caller, const v1::PlaceOrderRequest& request,
//                grpc::Reply<v1::PlaceOrderResponse> reply);
//
// It runs on gRPC's own thread. When the executor's queue is full, a call is answered
// RESOURCE_EXHAUSTED with a retry hint. A call whose deadline has passed while it waited is
// answered DEADLINE_EXCEEDED, and its handler doesn't run. A call that comes when the executor is
// closed is answered UNAVAILABLE (SHUTTING_DOWN).
//
// Methods are served in gRPC's raw form, because a request with a string that isn't UTF-8 would
// otherwise be answered UNIMPLEMENTED by gRPC 1.51's callback API, without a word about the field
// (docs/decisions/0005-raw-grpc-methods.md).
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "platform/executor/executor.h"
#include "platform/grpc/caller.h"
#include "platform/grpc/door.h"
#include "platform/grpc/errors.h"

namespace waybill::grpc {

using WriteReactor = ::grpc::ServerWriteReactor<::grpc::ByteBuffer>;

// Answers a call. Call it exactly once, from any thread; it doesn't block.
template <typename Response>
using Reply = std::function<void(absl::StatusOr<Response>)>;

// RESOURCE_EXHAUSTED with a retry hint: too many calls are waiting.
absl::Status TooBusy();
// UNAVAILABLE (SHUTTING_DOWN) with a retry hint.
absl::Status ShuttingDown();

namespace internal {

// What is known of a method before it is called.
struct Method {
  // In its service.
  int index;
  MethodAccess access;
};

// Ends the process when the service has no such method, one with other messages, or one that doesn't
// say who may call it: a bug that the first start shows.
Method FindMethod(const char* service, const char* method,
                  const google::protobuf::Descriptor* request,
                  const google::protobuf::Descriptor* response);

// For forms of handlers that keep no trail. Ends the process when the method is audited: a bug that the
// first start shows.
void DemandNoTrail(const Method& method);

// Encodes the answer to a call.
template <typename Response>
::grpc::Status Encode(const absl::StatusOr<Response>& response, ::grpc::ByteBuffer* out) {
  if (!response.ok()) return ToGrpc(response.status());
  bool own_buffer = false;
  return ::grpc::GenericSerialize<::grpc::ProtoBufferWriter, Response>(*response, out, &own_buffer);
}

// Fills `caller` and `request` from the call. Errors as Door::Admit's and ParseRequest's;
// UNAVAILABLE once the door's executor is closed.
absl::Status ReadCall(const Door& door, const MethodAccess& access,
                      const ::grpc::CallbackServerContext& context, const ::grpc::ByteBuffer& in,
                      Caller& caller, google::protobuf::Message& request);

// Runs `answer` on the executor and finishes the call with what it returns.
void RunCall(Executor& executor, const Caller& caller, ::grpc::ServerUnaryReactor* reactor,
             std::function<::grpc::Status()> answer);

}  // namespace internal

// `Rpc` is the generated class, orders::v1::OrderService. Thread-safe once it is constructed.
// Borrows the door.
template <typename Rpc>
class Handlers : public Rpc::Service {
 protected:
  explicit Handlers(const Door& door) : door_(door) {}

  // For the constructor, once per method; a method that isn't served answers UNIMPLEMENTED.
  template <typename Self, typename Request, typename Response>
  void Serve(const char* method,
             absl::StatusOr<Response> (Self::*handler)(const Caller&, const Request&)) {
    Self* const self = static_cast<Self*>(this);
    ServeUnary<Request, Response>(
        Find<Request, Response>(method),
        [this, self, handler](const Caller& caller, const MethodAccess& access, Request request,
                              ::grpc::ServerUnaryReactor* reactor, ::grpc::ByteBuffer* out) {
          internal::RunCall(executor(), caller, reactor,
                            [this, self, handler, caller, out, &access,
                             request = std::make_shared<Request>(std::move(request))] {
                              absl::StatusOr<Response> response = absl::UnknownError("");
                              const absl::Status status = door_.Run(caller, access, *request, [&] {
                                response = (self->*handler)(caller, *request);
                                return response.status();
                              });
                              if (!status.ok()) response = status;
                              return internal::Encode<Response>(response, out);
                            });
        });
  }

  // The same for a handler that answers later. It must not block.
  template <typename Self, typename Request, typename Response>
  void Serve(const char* method,
             void (Self::*handler)(const Caller&, const Request&, Reply<Response>)) {
    const internal::Method found = Find<Request, Response>(method);
    internal::DemandNoTrail(found);
    Self* const self = static_cast<Self*>(this);
    ServeUnary<Request, Response>(
        found, [self, handler](const Caller& caller, const MethodAccess&, const Request& request,
                               ::grpc::ServerUnaryReactor* reactor, ::grpc::ByteBuffer* out) {
          (self->*handler)(caller, request,
                           [reactor, out, open_call = caller.open_call](
                               const absl::StatusOr<Response>& response) {
                             open_call.End();
                             reactor->Finish(internal::Encode(response, out));
                           });
        });
  }

  // A method that streams its responses. `handler` runs on gRPC's thread and must not block; what
  // it returns lives until its OnDone, and ends the caller's open call. It gets the error of a call that
  // could not be read.
  template <typename Self, typename Request>
  void ServeStream(const char* method, const google::protobuf::Descriptor* response,
                   WriteReactor* (Self::*handler)(const absl::Status&, const Caller&,
                                                  const Request&)) {
    const internal::Method found =
        internal::FindMethod(Rpc::service_full_name(), method, Request::descriptor(), response);
    internal::DemandNoTrail(found);
    Self* const self = static_cast<Self*>(this);
    this->MarkMethodRawCallback(
        found.index, new ::grpc::internal::CallbackServerStreamingHandler<::grpc::ByteBuffer,
                                                                          ::grpc::ByteBuffer>(
                         [this, self, handler, access = found.access](
                             ::grpc::CallbackServerContext* context, const ::grpc::ByteBuffer* in) {
                           Caller caller;
                           Request request;
                           const absl::Status status =
                               internal::ReadCall(door_, access, *context, *in, caller, request);
                           return (self->*handler)(status, caller, request);
                         }));
  }

  Executor& executor() { return door_.executor(); }

 private:
  template <typename Request, typename Response>
  static internal::Method Find(const char* method) {
    return internal::FindMethod(Rpc::service_full_name(), method, Request::descriptor(),
                                Response::descriptor());
  }

  // `begin` receives each call that could be read, on gRPC's thread; the reactor must be finished
  // once, then or later.
  template <typename Request, typename Response, typename Begin>
  void ServeUnary(const internal::Method& found, Begin begin) {
    this->MarkMethodRawCallback(
        found.index,
        new ::grpc::internal::CallbackUnaryHandler<::grpc::ByteBuffer, ::grpc::ByteBuffer>(
            [this, begin, access = found.access](::grpc::CallbackServerContext* context,
                                                 const ::grpc::ByteBuffer* in,
                                                 ::grpc::ByteBuffer* out) {
              ::grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
              Caller caller;
              Request request;
              const absl::Status status =
                  internal::ReadCall(door_, access, *context, *in, caller, request);
              if (status.ok()) {
                begin(caller, access, std::move(request), reactor, out);
              } else {
                caller.open_call.End();
                reactor->Finish(ToGrpc(status));
              }
              return reactor;
            }));
  }

  const Door& door_;
};

}  // namespace waybill::grpc
