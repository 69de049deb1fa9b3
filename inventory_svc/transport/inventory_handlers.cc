#include "inventory_svc/transport/inventory_handlers.h"

#include "platform/events/timestamp.h"
#include "platform/grpc/field_checks.h"
#include "platform/types/status_macros.h"

namespace waybill::inventory_svc {
namespace {

namespace v1 = ::waybill::inventory::v1;

v1::Stock ToProto(const Sku& sku, const StockLevel& level) {
  v1::Stock out;
  out.set_product_id(sku.value());
  out.set_on_hand(level.on_hand);
  out.set_reserved(level.reserved);
  out.set_available(level.available());
  return out;
}

}  // namespace

InventoryHandlers::InventoryHandlers(const grpc::Door& door, inventory_svc::GetStock& get_stock,
                                     inventory_svc::SetStock& set_stock,
                                     inventory_svc::ShipOrder& ship_order)
    : Handlers(door), get_stock_(get_stock), set_stock_(set_stock), ship_order_(ship_order) {
  Serve("GetStock", &InventoryHandlers::Get);
  Serve("SetStock", &InventoryHandlers::Set);
  Serve("ShipOrder", &InventoryHandlers::Ship);
}

absl::StatusOr<v1::GetStockResponse> InventoryHandlers::Get(const grpc::Caller& caller,
                                                            const v1::GetStockRequest& request) {
  grpc::FieldChecks checks;
  const auto sku = checks.As<Sku>("product_id", request.product_id());
  RETURN_IF_ERROR(checks.Finish());
  ASSIGN_OR_RETURN(const StockLevel level, get_stock_.Run(sku, caller.deadline));
  v1::GetStockResponse response;
  *response.mutable_stock() = ToProto(sku, level);
  return response;
}

absl::StatusOr<v1::SetStockResponse> InventoryHandlers::Set(const grpc::Caller& caller,
                                                            const v1::SetStockRequest& request) {
  grpc::FieldChecks checks;
  const SetStockCommand command{
      .key = {caller.user, checks.AsId<RequestId>("request_id", request.request_id())},
      .sku = checks.As<Sku>("product_id", request.product_id()),
      .on_hand = checks.AsInt("on_hand", request.on_hand(), 0, kMaxQuantity)};
  RETURN_IF_ERROR(checks.Finish());
  const auto levels = set_stock_.Run({command}, caller.deadline);
  RETURN_IF_ERROR(levels.front().status());
  v1::SetStockResponse response;
  *response.mutable_stock() = ToProto(command.sku, *levels.front());
  return response;
}

absl::StatusOr<v1::ShipOrderResponse> InventoryHandlers::Ship(const grpc::Caller& caller,
                                                              const v1::ShipOrderRequest& request) {
  grpc::FieldChecks checks;
  const ShipOrderCommand command{
      .key = {caller.user, checks.AsId<RequestId>("request_id", request.request_id())},
      .order = checks.AsId<OrderId>("order_id", request.order_id()),
      .trace = caller.trace,
      .deadline = caller.deadline};
  RETURN_IF_ERROR(checks.Finish());
  ASSIGN_OR_RETURN(const ReservationData shipped, ship_order_.Run(command));
  v1::ShipOrderResponse response;
  response.set_order_id(shipped.order.ToString());
  for (const auto& [sku, quantity] : shipped.items) {
    v1::ShippedItem& item = *response.add_items();
    item.set_product_id(sku.value());
    item.set_quantity(quantity);
  }
  *response.mutable_ship_time() = ToTimestamp(shipped.shipped_at.value_or(absl::UnixEpoch()));
  return response;
}

}  // namespace waybill::inventory_svc
