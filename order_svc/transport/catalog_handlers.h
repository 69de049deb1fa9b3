// waybill.catalog.v1.CatalogService.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "order_svc/application/list_products.h"
#include "order_svc/application/upsert_product.h"
#include "platform/executor/executor.h"
#include "platform/grpc/caller.h"
#include "waybill/catalog/v1/catalog_service.grpc.pb.h"

namespace waybill::order_svc {

using RawCatalogService = catalog::v1::CatalogService::WithRawCallbackMethod_ListProducts<
    catalog::v1::CatalogService::WithRawCallbackMethod_UpsertProduct<
        catalog::v1::CatalogService::Service>>;

// Thread-safe. Borrows executor and use cases.
class CatalogHandlers final : public RawCatalogService {
 public:
  CatalogHandlers(Executor& executor, order_svc::ListProducts& list_products,
                  order_svc::UpsertProduct& upsert_product)
      : executor_(executor), list_products_(list_products), upsert_product_(upsert_product) {}

  ::grpc::ServerUnaryReactor* ListProducts(::grpc::CallbackServerContext* context,
                                           const ::grpc::ByteBuffer* request,
                                           ::grpc::ByteBuffer* response) override;
  ::grpc::ServerUnaryReactor* UpsertProduct(::grpc::CallbackServerContext* context,
                                            const ::grpc::ByteBuffer* request,
                                            ::grpc::ByteBuffer* response) override;

 private:
  absl::StatusOr<catalog::v1::ListProductsResponse> List(
      const grpc::Caller& caller, const catalog::v1::ListProductsRequest& request);
  absl::StatusOr<catalog::v1::UpsertProductResponse> Upsert(
      const grpc::Caller& caller, const catalog::v1::UpsertProductRequest& request);

  Executor& executor_;
  order_svc::ListProducts& list_products_;
  order_svc::UpsertProduct& upsert_product_;
};

}  // namespace waybill::order_svc
