// Serves waybill.inventory.v1.InventoryService over gRPC.
#pragma once

#include "inventory_svc/application/get_stock.h"
#include "inventory_svc/application/set_stock.h"
#include "inventory_svc/application/ship_order.h"
#include "platform/grpc/handlers.h"
#include "waybill/inventory/v1/inventory_service.grpc.pb.h"

namespace waybill::inventory_svc {

// Thread-safe. Borrows door and use cases.
class InventoryHandlers final : public grpc::Handlers<inventory::v1::InventoryService> {
 public:
  InventoryHandlers(const grpc::Door& door, inventory_svc::GetStock& get_stock,
                    inventory_svc::SetStock& set_stock, inventory_svc::ShipOrder& ship_order);

 private:
  absl::StatusOr<inventory::v1::GetStockResponse> Get(
      const grpc::Caller& caller, const inventory::v1::GetStockRequest& request);
  absl::StatusOr<inventory::v1::SetStockResponse> Set(
      const grpc::Caller& caller, const inventory::v1::SetStockRequest& request);
  absl::StatusOr<inventory::v1::ShipOrderResponse> Ship(
      const grpc::Caller& caller, const inventory::v1::ShipOrderRequest& request);

  inventory_svc::GetStock& get_stock_;
  inventory_svc::SetStock& set_stock_;
  inventory_svc::ShipOrder& ship_order_;
};

}  // namespace waybill::inventory_svc
