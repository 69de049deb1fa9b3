// waybill.inventory.v1.InventoryService over gRPC.
#pragma once

#include "inventory_svc/application/ports.h"
#include "platform/executor/executor.h"
#include "platform/grpc/unary.h"
#include "waybill/inventory/v1/inventory_service.grpc.pb.h"

namespace waybill::inventory_svc {

namespace v1 = waybill::inventory::v1;

using RawInventoryService = v1::InventoryService::WithRawCallbackMethod_GetStock<
    v1::InventoryService::WithRawCallbackMethod_SetStock<v1::InventoryService::Service>>;

// Borrows executor and unit of work, which must outlive it. Thread-safe.
class InventoryServiceHandlers final : public RawInventoryService {
 public:
  InventoryServiceHandlers(Executor& executor, UnitOfWork& work)
      : executor_(executor), work_(work) {}

  ::grpc::ServerUnaryReactor* GetStock(::grpc::CallbackServerContext* context,
                                       const ::grpc::ByteBuffer* request,
                                       ::grpc::ByteBuffer* response) override;
  ::grpc::ServerUnaryReactor* SetStock(::grpc::CallbackServerContext* context,
                                       const ::grpc::ByteBuffer* request,
                                       ::grpc::ByteBuffer* response) override;

 private:
  Executor& executor_;
  UnitOfWork& work_;
};

}  // namespace waybill::inventory_svc
