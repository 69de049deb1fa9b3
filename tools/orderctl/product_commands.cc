#include <iostream>
#include <memory>
#include <string>

#include "platform/types/utf8.h"
#include "tools/orderctl/commands.h"
#include "tools/orderctl/output.h"
#include "waybill/catalog/v1/catalog_service.grpc.pb.h"

namespace waybill::orderctl {
namespace {

using catalog::v1::CatalogService;

struct ProductOptions {
  std::string product_id;
  std::string name;
  std::string currency;
  std::int64_t price_minor = 0;
};

int ListProducts(const Session& session) {
  catalog::v1::ListProductsResponse all;
  catalog::v1::ListProductsRequest request;
  request.set_page_size(200);
  const auto stub = CatalogService::NewStub(ChannelTo(session, session.orders_address));
  do {
    catalog::v1::ListProductsResponse page;
    const absl::Status status = CallWithRetries(session, [&](::grpc::ClientContext& context) {
      return stub->ListProducts(&context, request, &page);
    });
    if (!status.ok()) return Fail("product list", status);
    for (catalog::v1::Product& product : *page.mutable_products())
      all.add_products()->Swap(&product);
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());

  if (session.json) {
    std::cout << MessageAsJson(all) << "\n";
    return kDone;
  }
  Table table({"PRODUCT", "NAME", "UNIT PRICE"});
  for (const catalog::v1::Product& product : all.products()) {
    table.AddRow({product.product_id(), product.name(), MoneyText(product.unit_price())});
  }
  table.Print("there are no products; orderctl product set adds one");
  return kDone;
}

int SetProduct(const Session& session, const ProductOptions& options) {
  catalog::v1::UpsertProductRequest request;
  request.set_request_id(NewRequestId());
  request.mutable_product()->set_product_id(options.product_id);
  request.mutable_product()->set_name(options.name);
  request.mutable_product()->mutable_unit_price()->set_currency_code(options.currency);
  request.mutable_product()->mutable_unit_price()->set_minor_units(options.price_minor);
  catalog::v1::UpsertProductResponse response;
  const auto stub = CatalogService::NewStub(ChannelTo(session, session.orders_address));
  const absl::Status status = CallWithRetries(session, [&](::grpc::ClientContext& context) {
    return stub->UpsertProduct(&context, request, &response);
  });
  if (!status.ok()) return Fail("product set", status);
  if (session.json) {
    std::cout << MessageAsJson(response.product()) << "\n";
  } else {
    std::cout << ToVisibleText(response.product().product_id()) << ": "
              << ToVisibleText(response.product().name()) << ", "
              << MoneyText(response.product().unit_price()) << "\n";
  }
  return kDone;
}

}  // namespace

void AddProductCommands(CLI::App& app, Session& session) {
  CLI::App* product = app.add_subcommand("product", "List and change the catalog");
  product->require_subcommand(1);
  product->add_subcommand("list", "List all products")->callback([&session] {
    session.command = [&session] { return ListProducts(session); };
  });

  auto options = std::make_shared<ProductOptions>();
  CLI::App* set = product->add_subcommand("set", "Add a product, or change its name and price");
  set->add_option("ID", options->product_id, "The product's id: letters, digits, '.', '_' and '-'")
      ->required();
  set->add_option("NAME", options->name, "The product's name, as customers see it")->required();
  set->add_option("CURRENCY", options->currency, "The price's currency in ISO 4217, such as EUR")
      ->required();
  set->add_option("PRICE", options->price_minor,
                  "The price in minor units: 1250 EUR is 12.50 euros")
      ->required();
  set->callback([&session, options] {
    session.command = [&session, options] { return SetProduct(session, *options); };
  });
}

}  // namespace waybill::orderctl
