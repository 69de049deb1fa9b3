#include <iostream>
#include <memory>
#include <string>

#include "tools/orderctl/commands.h"
#include "tools/orderctl/output.h"
#include "waybill/inventory/v1/inventory_service.grpc.pb.h"

namespace waybill::orderctl {
namespace {

using inventory::v1::InventoryService;

void PrintStock(const Session& session, const inventory::v1::Stock& stock) {
  if (session.json) {
    std::cout << MessageAsJson(stock) << "\n";
    return;
  }
  Table table({"PRODUCT", "ON HAND", "RESERVED", "AVAILABLE"});
  table.AddRow({stock.product_id(), std::to_string(stock.on_hand()),
                std::to_string(stock.reserved()), std::to_string(stock.available())});
  table.Print("");
}

int GetStock(const Session& session, const std::string& product_id) {
  inventory::v1::GetStockRequest request;
  request.set_product_id(product_id);
  inventory::v1::GetStockResponse response;
  const auto stub = InventoryService::NewStub(ChannelTo(session, session.inventory_address));
  const absl::Status status = CallWithRetries(session, [&](::grpc::ClientContext& context) {
    return stub->GetStock(&context, request, &response);
  });
  if (!status.ok()) return Fail("stock get", status);
  PrintStock(session, response.stock());
  return kDone;
}

int SetStock(const Session& session, const std::string& product_id, std::int64_t on_hand) {
  inventory::v1::SetStockRequest request;
  request.set_request_id(NewRequestId());
  request.set_product_id(product_id);
  request.set_on_hand(on_hand);
  inventory::v1::SetStockResponse response;
  const auto stub = InventoryService::NewStub(ChannelTo(session, session.inventory_address));
  const absl::Status status = CallWithRetries(session, [&](::grpc::ClientContext& context) {
    return stub->SetStock(&context, request, &response);
  });
  if (!status.ok()) return Fail("stock set", status);
  PrintStock(session, response.stock());
  return kDone;
}

int Ship(const Session& session, const std::string& order_id, const std::string& request_id) {
  inventory::v1::ShipOrderRequest request;
  request.set_request_id(request_id.empty() ? NewRequestId() : request_id);
  request.set_order_id(order_id);
  inventory::v1::ShipOrderResponse response;
  const auto stub = InventoryService::NewStub(ChannelTo(session, session.inventory_address));
  const absl::Status status = CallAsOperator(session, [&](::grpc::ClientContext& context) {
    return stub->ShipOrder(&context, request, &response);
  });
  if (!status.ok()) return Fail("ship", status);
  if (session.json) {
    std::cout << MessageAsJson(response) << "\n";
    return kDone;
  }
  Table table({"PRODUCT", "SHIPPED"});
  for (const inventory::v1::ShippedItem& item : response.items()) {
    table.AddRow({item.product_id(), std::to_string(item.quantity())});
  }
  table.Print("");
  return kDone;
}

void AddShip(CLI::App& app, Session& session) {
  auto order_id = std::make_shared<std::string>();
  auto request_id = std::make_shared<std::string>();
  CLI::App* ship = app.add_subcommand("ship", "Report that a confirmed order was shipped");
  ship->add_option("ORDER", *order_id, "The order's id")->required();
  ship->add_option("--request-id", *request_id, "A UUID (default: a new one)");
  ship->callback([&session, order_id, request_id] {
    session.command = [&session, order_id, request_id] {
      return Ship(session, *order_id, *request_id);
    };
  });
}

}  // namespace

void AddStockCommands(CLI::App& app, Session& session) {
  AddShip(app, session);
  CLI::App* stock = app.add_subcommand("stock", "Show and set the stock");
  stock->require_subcommand(1);
  auto product_id = std::make_shared<std::string>();
  CLI::App* get = stock->add_subcommand("get", "Show a product's stock");
  get->add_option("ID", *product_id, "The product's id")->required();
  get->callback([&session, product_id] {
    session.command = [&session, product_id] { return GetStock(session, *product_id); };
  });

  auto on_hand = std::make_shared<std::int64_t>(0);
  CLI::App* set = stock->add_subcommand(
      "set", "Set the quantity on hand, which must not be less than the quantity reserved");
  set->add_option("ID", *product_id, "The product's id")->required();
  set->add_option("QUANTITY", *on_hand, "The number of units on hand")->required();
  set->callback([&session, product_id, on_hand] {
    session.command = [&session, product_id, on_hand] {
      return SetStock(session, *product_id, *on_hand);
    };
  });
}

}  // namespace waybill::orderctl
