#include "inventory_svc/transport/inventory_service.h"

#include "inventory_svc/application/get_stock.h"
#include "inventory_svc/application/set_stock.h"
#include "platform/grpc/field_checks.h"

namespace waybill::inventory_svc {
namespace {

constexpr std::size_t kMaxSkuSize = 64;

void Fill(const Sku& sku, const StockLevel& level, v1::Stock& out) {
  out.set_product_id(sku.value());
  out.set_on_hand(level.on_hand);
  out.set_reserved(level.reserved);
  out.set_available(level.available());
}

absl::StatusOr<v1::GetStockResponse> ServeGetStock(UnitOfWork& work, const grpc::Caller& caller,
                                                   const v1::GetStockRequest& request) {
  grpc::FieldChecks checks;
  const Sku sku(checks.AsName("product_id", request.product_id(), kMaxSkuSize));
  if (absl::Status status = checks.Finish(); !status.ok()) return status;

  const absl::StatusOr<StockLevel> level = GetStock(work, {&sku, 1}, caller.deadline).front();
  if (!level.ok()) return level.status();
  v1::GetStockResponse response;
  Fill(sku, *level, *response.mutable_stock());
  return response;
}

absl::StatusOr<v1::SetStockResponse> ServeSetStock(UnitOfWork& work, const grpc::Caller& caller,
                                                   const v1::SetStockRequest& request) {
  grpc::FieldChecks checks;
  const SetStockCommand command{
      .user = caller.user,
      .request_id = RequestId(checks.AsUuid("request_id", request.request_id())),
      .sku = Sku(checks.AsName("product_id", request.product_id(), kMaxSkuSize)),
      .on_hand = checks.AsInt("on_hand", request.on_hand(), 0, kMaxQuantity)};
  if (absl::Status status = checks.Finish(); !status.ok()) return status;

  const absl::StatusOr<StockLevel> level = SetStock(work, {&command, 1}, caller.deadline).front();
  if (!level.ok()) return level.status();
  v1::SetStockResponse response;
  Fill(command.sku, *level, *response.mutable_stock());
  return response;
}

}  // namespace

::grpc::ServerUnaryReactor* InventoryServiceHandlers::GetStock(
    ::grpc::CallbackServerContext* context, const ::grpc::ByteBuffer* request,
    ::grpc::ByteBuffer* response) {
  return grpc::ServeUnary<v1::GetStockRequest, v1::GetStockResponse>(
      executor_, context, request, response,
      [this](const grpc::Caller& caller, const v1::GetStockRequest& get) {
        return ServeGetStock(work_, caller, get);
      });
}

::grpc::ServerUnaryReactor* InventoryServiceHandlers::SetStock(
    ::grpc::CallbackServerContext* context, const ::grpc::ByteBuffer* request,
    ::grpc::ByteBuffer* response) {
  return grpc::ServeUnary<v1::SetStockRequest, v1::SetStockResponse>(
      executor_, context, request, response,
      [this](const grpc::Caller& caller, const v1::SetStockRequest& set) {
        return ServeSetStock(work_, caller, set);
      });
}

}  // namespace waybill::inventory_svc
