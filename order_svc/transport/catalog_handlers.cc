#include "order_svc/transport/catalog_handlers.h"

#include <optional>
#include <utility>

#include "order_svc/transport/order_codec.h"
#include "order_svc/transport/page_token.h"
#include "platform/grpc/field_checks.h"
#include "platform/grpc/unary.h"

namespace waybill::order_svc {
namespace {

namespace v1 = ::waybill::catalog::v1;

constexpr char kListing[] = "products";

}  // namespace

::grpc::ServerUnaryReactor* CatalogHandlers::ListProducts(::grpc::CallbackServerContext* context,
                                                          const ::grpc::ByteBuffer* request,
                                                          ::grpc::ByteBuffer* response) {
  return grpc::ServeUnary<v1::ListProductsRequest, v1::ListProductsResponse>(
      executor_, context, request, response,
      [this](const grpc::Caller& caller, const v1::ListProductsRequest& in) {
        return List(caller, in);
      });
}

::grpc::ServerUnaryReactor* CatalogHandlers::UpsertProduct(::grpc::CallbackServerContext* context,
                                                           const ::grpc::ByteBuffer* request,
                                                           ::grpc::ByteBuffer* response) {
  return grpc::ServeUnary<v1::UpsertProductRequest, v1::UpsertProductResponse>(
      executor_, context, request, response,
      [this](const grpc::Caller& caller, const v1::UpsertProductRequest& in) {
        return Upsert(caller, in);
      });
}

absl::StatusOr<v1::ListProductsResponse> CatalogHandlers::List(
    const grpc::Caller& caller, const v1::ListProductsRequest& request) {
  grpc::FieldChecks checks;
  int page_size = static_cast<int>(checks.AsInt("page_size", request.page_size(), 0, kMaxPageSize));
  if (page_size == 0) page_size = kDefaultPageSize;
  std::optional<Sku> after;
  if (!request.page_token().empty()) {
    absl::StatusOr<std::string> position =
        ReadPageToken(request.page_token(), kListing, caller.user.value());
    if (position.ok()) {
      after = Sku(*std::move(position));
    } else {
      checks.Add("page_token", "is not a page token of this listing");
    }
  }
  if (absl::Status status = checks.Finish(); !status.ok()) return status;

  const absl::StatusOr<ProductPage> page = list_products_.Run(after, page_size, caller.deadline);
  if (!page.ok()) return page.status();
  v1::ListProductsResponse response;
  for (const Product& product : page->products) *response.add_products() = ToProto(product);
  if (page->next_after) {
    response.set_next_page_token(
        MakePageToken(kListing, caller.user.value(), page->next_after->value()));
  }
  return response;
}

absl::StatusOr<v1::UpsertProductResponse> CatalogHandlers::Upsert(
    const grpc::Caller& caller, const v1::UpsertProductRequest& request) {
  grpc::FieldChecks checks;
  UpsertProductCommand command;
  command.key = {.user = caller.user,
                 .request_id = RequestId(checks.AsUuid("request_id", request.request_id()))};
  const v1::Product& product = request.product();
  command.product = {
      .id = Sku(checks.AsName("product.product_id", product.product_id(), kMaxProductId)),
      .name = checks.AsText("product.name", product.name(), kMaxProductName),
      .unit_price = {
          .minor_units = checks.AsInt("product.unit_price.minor_units",
                                      product.unit_price().minor_units(), 1, kMaxMinorUnits),
          .currency = checks.AsCurrency("product.unit_price.currency_code",
                                        product.unit_price().currency_code())}};
  command.deadline = caller.deadline;
  if (absl::Status status = checks.Finish(); !status.ok()) return status;

  const absl::StatusOr<std::string> answer = upsert_product_.Run(command);
  if (!answer.ok()) return answer.status();
  v1::UpsertProductResponse response;
  if (!response.ParseFromString(*answer)) {
    return absl::InternalError("the stored answer is not an UpsertProductResponse");
  }
  return response;
}

}  // namespace waybill::order_svc
