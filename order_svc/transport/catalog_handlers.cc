#include "order_svc/transport/catalog_handlers.h"

#include "order_svc/transport/messages.h"
#include "platform/grpc/field_checks.h"
#include "platform/grpc/page_token.h"
#include "platform/types/provider_amount.h"
#include "platform/types/status_macros.h"

namespace waybill::order_svc {
namespace {

namespace v1 = ::waybill::catalog::v1;

constexpr char kListing[] = "products";

Money PriceOf(grpc::FieldChecks& checks, const common::v1::Money& price) {
  Money money{
      .minor_units =
          checks.AsInt("product.unit_price.minor_units", price.minor_units(), 1, kMaxMinorUnits),
      .currency = checks.As<Currency>("product.unit_price.currency_code", price.currency_code())};
  // A price that is invalid by itself has been reported already.
  if (money.minor_units == price.minor_units() && !money.currency.value().empty()) {
    checks.Add("product.unit_price", ToProviderAmount(money).status());
  }
  return money;
}

}  // namespace

CatalogHandlers::CatalogHandlers(const grpc::Door& door, order_svc::ListProducts& list_products,
                                 order_svc::UpsertProduct& upsert_product)
    : Handlers(door), list_products_(list_products), upsert_product_(upsert_product) {
  Serve("ListProducts", &CatalogHandlers::List);
  Serve("UpsertProduct", &CatalogHandlers::Upsert);
}

absl::StatusOr<v1::ListProductsResponse> CatalogHandlers::List(
    const grpc::Caller& caller, const v1::ListProductsRequest& request) {
  grpc::FieldChecks checks;
  const int page_size = grpc::ReadPageSize(request.page_size(), checks);
  const auto after = grpc::ReadPageToken<Sku>(request.page_token(), {kListing, caller.user.value()},
                                              &Sku::Parse, checks);
  RETURN_IF_ERROR(checks.Finish());
  ASSIGN_OR_RETURN(const ProductPage page, list_products_.Run(after, page_size, caller.deadline));
  v1::ListProductsResponse response;
  for (const Product& product : page.products) *response.add_products() = ToProto(product);
  if (page.next_after) {
    response.set_next_page_token(
        grpc::MakePageToken({kListing, caller.user.value()}, page.next_after->value()));
  }
  return response;
}

absl::StatusOr<v1::UpsertProductResponse> CatalogHandlers::Upsert(
    const grpc::Caller& caller, const v1::UpsertProductRequest& request) {
  grpc::FieldChecks checks;
  UpsertProductCommand command;
  command.key = {caller.user, checks.AsId<RequestId>("request_id", request.request_id())};
  const v1::Product& product = request.product();
  command.product = {.id = checks.As<Sku>("product.product_id", product.product_id()),
                     .name = checks.AsText("product.name", product.name(), kMaxProductName),
                     .unit_price = PriceOf(checks, product.unit_price())};
  command.deadline = caller.deadline;
  RETURN_IF_ERROR(checks.Finish());
  RETURN_IF_ERROR(upsert_product_.Run(command));
  v1::UpsertProductResponse response;
  *response.mutable_product() = ToProto(command.product);
  return response;
}

}  // namespace waybill::order_svc
