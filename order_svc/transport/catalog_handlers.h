// Serves waybill.catalog.v1.CatalogService over gRPC.
#pragma once

#include "order_svc/application/list_products.h"
#include "order_svc/application/upsert_product.h"
#include "platform/grpc/handlers.h"
#include "waybill/catalog/v1/catalog_service.grpc.pb.h"

namespace waybill::order_svc {

// Thread-safe. Borrows door and use cases.
class CatalogHandlers final : public grpc::Handlers<catalog::v1::CatalogService> {
 public:
  CatalogHandlers(const grpc::Door& door, order_svc::ListProducts& list_products,
                  order_svc::UpsertProduct& upsert_product);

 private:
  absl::StatusOr<catalog::v1::ListProductsResponse> List(
      const grpc::Caller& caller, const catalog::v1::ListProductsRequest& request);
  absl::StatusOr<catalog::v1::UpsertProductResponse> Upsert(
      const grpc::Caller& caller, const catalog::v1::UpsertProductRequest& request);

  order_svc::ListProducts& list_products_;
  order_svc::UpsertProduct& upsert_product_;
};

}  // namespace waybill::order_svc
