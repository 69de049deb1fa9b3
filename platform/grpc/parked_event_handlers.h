// waybill.ops.v1.ParkedEventService over gRPC: the same for every consumer.
//
//   parked_handler_(MakeEventHandler()),
//   parked_events_(kName, pool_, *parked_handler_),
//   server_(config.grpc, {&inventory_service_, &parked_events_}) {}
#pragma once

#include <string>

#include "platform/executor/executor.h"
#include "platform/inbox/batch_handler.h"
#include "platform/inbox/parked_event_desk.h"
#include "platform/postgres/pool.h"
#include "waybill/ops/v1/parked_event_service.grpc.pb.h"

namespace waybill::grpc {

// Thread-safe. Owned by the App; goes after the server that serves it. Borrows the consumer's pool,
// and a handler that nobody else uses. Has two threads of its own, so that it answers when the
// service's others are all busy.
class ParkedEventHandlers final
    : public ops::v1::ParkedEventService::WithRawCallbackMethod_ListParkedEvents<
          ops::v1::ParkedEventService::WithRawCallbackMethod_GetParkedEvent<
              ops::v1::ParkedEventService::WithRawCallbackMethod_ReplayParkedEvents<
                  ops::v1::ParkedEventService::WithRawCallbackMethod_DiscardParkedEvent<
                      ops::v1::ParkedEventService::Service>>>> {
 public:
  ParkedEventHandlers(std::string consumer, postgres::Pool& pool, inbox::BatchHandler& handler);

  ::grpc::ServerUnaryReactor* ListParkedEvents(::grpc::CallbackServerContext* context,
                                               const ::grpc::ByteBuffer* request,
                                               ::grpc::ByteBuffer* response) override;
  ::grpc::ServerUnaryReactor* GetParkedEvent(::grpc::CallbackServerContext* context,
                                             const ::grpc::ByteBuffer* request,
                                             ::grpc::ByteBuffer* response) override;
  ::grpc::ServerUnaryReactor* ReplayParkedEvents(::grpc::CallbackServerContext* context,
                                                 const ::grpc::ByteBuffer* request,
                                                 ::grpc::ByteBuffer* response) override;
  ::grpc::ServerUnaryReactor* DiscardParkedEvent(::grpc::CallbackServerContext* context,
                                                 const ::grpc::ByteBuffer* request,
                                                 ::grpc::ByteBuffer* response) override;

 private:
  inbox::ParkedEventDesk desk_;
  Executor executor_;
};

}  // namespace waybill::grpc
