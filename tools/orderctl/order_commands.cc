#include <algorithm>
#include <charconv>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/orderctl/commands.h"
#include "tools/orderctl/output.h"
#include "tools/rpc/from_grpc.h"
#include "waybill/orders/v1/order_service.grpc.pb.h"

namespace waybill::orderctl {
namespace {

// Whether a call that ended so may have changed something.
bool MayHaveTakenEffect(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsUnknown(status) || absl::IsDeadlineExceeded(status);
}

using orders::v1::OrderService;

// An order times out after 30 minutes by default, so it has surely ended when this time is over.
constexpr absl::Duration kWatchTimeout = absl::Hours(1);

std::unique_ptr<OrderService::Stub> Orders(const Session& session) {
  return OrderService::NewStub(ChannelTo(session, session.orders_address));
}

struct PlaceOptions {
  std::vector<std::string> items;
  std::string email;
  std::string payment_method;
  std::string request_id;
  bool quiet = false;
};

// Splits "ID:QUANTITY"; the server validates both parts.
bool ParseItem(const std::string& text, orders::v1::Item& item) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  std::int32_t quantity = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data() + colon + 1, end, quantity);
  if (error != std::errc() || stopped != end) return false;
  item.set_product_id(text.substr(0, colon));
  item.set_quantity(quantity);
  return true;
}

std::string CheckItem(const std::string& text) {
  orders::v1::Item item;
  return ParseItem(text, item) ? "" : "\"" + text + "\" is not ID:QUANTITY, such as tea-assam:2";
}

std::string RefundItemsText(const orders::v1::Refund& refund) {
  std::string text;
  for (const orders::v1::Item& item : refund.items()) {
    text += (text.empty() ? "" : ", ") + item.product_id() + ":" + std::to_string(item.quantity());
  }
  return text.empty() ? "-" : text;
}

void PrintRefunds(const std::vector<orders::v1::Refund>& refunds) {
  Table table({"REFUND", "REQUESTED (UTC)", "AMOUNT", "ITEMS", "STATE"});
  for (const orders::v1::Refund& refund : refunds) {
    table.AddRow({refund.refund_id(), TimeText(refund.create_time()), MoneyText(refund.amount()),
                  RefundItemsText(refund), RefundStateText(refund)});
  }
  table.Print("");
}

void PrintOrder(const Session& session, const orders::v1::Order& order) {
  if (session.json) {
    std::cout << MessageAsJson(order) << "\n";
    return;
  }
  std::vector<std::pair<std::string, std::string>> fields = {
      {"order", order.order_id()},
      {"user", order.user_id()},
      {"state", StateText(order.state(), order.cancel_reason())},
      {"total", MoneyText(order.total())},
      {"payment", order.payment_id().empty() ? "-" : order.payment_id()},
      {"placed", TimeText(order.create_time()) + " UTC"},
      {"changed", TimeText(order.update_time()) + " UTC"}};
  // Without partial refunds it is 0, also when a cancellation has refunded the whole order.
  if (!order.refunds().empty()) fields.emplace_back("refunded", MoneyText(order.refunded()));
  if (order.has_ship_time()) fields.emplace_back("shipped", TimeText(order.ship_time()) + " UTC");
  PrintFields(fields);
  std::cout << "\n";
  Table lines({"PRODUCT", "NAME", "QUANTITY", "UNIT PRICE"});
  for (const orders::v1::OrderLine& line : order.lines()) {
    lines.AddRow({line.product_id(), line.product_name(), std::to_string(line.quantity()),
                  MoneyText(line.unit_price())});
  }
  lines.Print("the order has no lines");
  if (order.refunds().empty()) return;
  std::cout << "\n";
  PrintRefunds({order.refunds().begin(), order.refunds().end()});
}

int Place(const Session& session, const PlaceOptions& options) {
  orders::v1::PlaceOrderRequest request;
  request.set_request_id(options.request_id.empty() ? NewRequestId() : options.request_id);
  request.set_email(options.email);
  request.set_payment_method(options.payment_method);
  for (const std::string& item : options.items) ParseItem(item, *request.add_items());

  orders::v1::PlaceOrderResponse response;
  const auto stub = Orders(session);
  const absl::Status status = CallWithRetries(session, [&](::grpc::ClientContext& context) {
    return stub->PlaceOrder(&context, request, &response);
  });
  if (!status.ok()) {
    Fail("place", status);
    if (MayHaveTakenEffect(status)) {
      std::cerr << "  The order may exist. To find out, repeat the command with --request-id "
                << request.request_id() << "\n";
    }
    return kFailed;
  }
  if (options.quiet) {
    std::cout << response.order().order_id() << "\n";
  } else {
    PrintOrder(session, response.order());
  }
  return kDone;
}

int Get(const Session& session, const std::string& order_id) {
  orders::v1::GetOrderRequest request;
  request.set_order_id(order_id);
  orders::v1::GetOrderResponse response;
  const auto stub = Orders(session);
  const absl::Status status = CallWithRetries(session, [&](::grpc::ClientContext& context) {
    return stub->GetOrder(&context, request, &response);
  });
  if (!status.ok()) return Fail("get", status);
  PrintOrder(session, response.order());
  return kDone;
}

int List(const Session& session, int limit) {
  orders::v1::ListOrdersResponse all;
  orders::v1::ListOrdersRequest request;
  const auto stub = Orders(session);
  do {
    request.set_page_size(std::min(limit - all.orders_size(), 200));
    orders::v1::ListOrdersResponse page;
    const absl::Status status = CallWithRetries(session, [&](::grpc::ClientContext& context) {
      return stub->ListOrders(&context, request, &page);
    });
    if (!status.ok()) return Fail("list", status);
    for (orders::v1::Order& order : *page.mutable_orders()) all.add_orders()->Swap(&order);
    all.set_next_page_token(page.next_page_token());
    request.set_page_token(page.next_page_token());
  } while (!all.next_page_token().empty() && all.orders_size() < limit);

  if (session.json) {
    std::cout << MessageAsJson(all) << "\n";
    return kDone;
  }
  Table table({"ORDER", "PLACED (UTC)", "STATE", "TOTAL"});
  for (const orders::v1::Order& order : all.orders()) {
    table.AddRow({order.order_id(), TimeText(order.create_time()),
                  StateText(order.state(), order.cancel_reason()), MoneyText(order.total())});
  }
  table.Print(session.credentials.token.empty() ? "there are no orders of user " + session.user
                                                : "there are no orders of this caller");
  if (!all.next_page_token().empty()) std::cout << "(there are more; --limit shows them)\n";
  return kDone;
}

int Watch(const Session& session, const std::string& order_id) {
  orders::v1::WatchOrderRequest request;
  request.set_order_id(order_id);
  const auto stub = Orders(session);
  const auto context = MakeContext(session, kWatchTimeout);
  const auto stream = stub->WatchOrder(context.get(), request);
  for (orders::v1::WatchOrderResponse change; stream->Read(&change);) {
    if (session.json) {
      std::cout << MessageAsJson(change, false) << std::endl;
    } else {
      // Flush, so that a change is seen when it happens.
      std::cout << TimeText(change.transition_time()) << "  "
                << StateText(change.state(), change.cancel_reason()) << std::endl;
    }
  }
  const absl::Status status = rpc::FromGrpc(stream->Finish());
  return status.ok() ? kDone : Fail("watch", status);
}

int Cancel(const Session& session, const std::string& order_id, const std::string& request_id) {
  orders::v1::CancelOrderRequest request;
  request.set_request_id(request_id.empty() ? NewRequestId() : request_id);
  request.set_order_id(order_id);
  orders::v1::CancelOrderResponse response;
  const auto stub = Orders(session);
  const absl::Status status = CallWithRetries(session, [&](::grpc::ClientContext& context) {
    return stub->CancelOrder(&context, request, &response);
  });
  if (!status.ok()) return Fail("cancel", status);
  PrintOrder(session, response.order());
  return kDone;
}

struct RefundOptions {
  std::string order_id;
  std::string request_id;
  std::vector<std::string> items;
  std::string currency;
  std::int64_t amount = 0;
};

int Refund(const Session& session, const RefundOptions& options) {
  orders::v1::RefundOrderRequest request;
  request.set_request_id(options.request_id.empty() ? NewRequestId() : options.request_id);
  request.set_order_id(options.order_id);
  for (const std::string& item : options.items) ParseItem(item, *request.add_items());
  if (!options.currency.empty()) {
    request.mutable_amount()->set_currency_code(options.currency);
    request.mutable_amount()->set_minor_units(options.amount);
  }
  orders::v1::RefundOrderResponse response;
  const auto stub = Orders(session);
  const absl::Status status = CallAsOperator(session, [&](::grpc::ClientContext& context) {
    return stub->RefundOrder(&context, request, &response);
  });
  if (!status.ok()) {
    Fail("refund", status);
    if (MayHaveTakenEffect(status)) {
      std::cerr << "  The refund may have been requested. To find out, repeat the command with "
                   "--request-id "
                << request.request_id() << "\n";
    }
    return kFailed;
  }
  if (session.json) {
    std::cout << MessageAsJson(response.refund()) << "\n";
  } else {
    PrintRefunds({response.refund()});
  }
  return kDone;
}

void AddPlace(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("place", "Place an order");
  auto options = std::make_shared<PlaceOptions>();
  command->add_option("--item", options->items, "A line of the order, ID:QUANTITY; may be repeated")
      ->required()
      ->check(CLI::Validator(CheckItem, "ID:QUANTITY"));
  command->add_option("--email", options->email, "The address to which the confirmation is sent")
      ->required();
  command
      ->add_option("--payment-method", options->payment_method,
                   "The payment provider's token, such as pm_card_visa")
      ->required();
  command->add_option("--request-id", options->request_id,
                      "A UUID; repeating it returns the same order (default: a new one)");
  command->add_flag("--quiet,-q", options->quiet, "Print the order's id and nothing else");
  command->callback([&session, options] {
    session.command = [&session, options] { return Place(session, *options); };
  });
}

// A command whose only argument is an order's id.
CLI::App* AddForOrder(CLI::App& app, const std::string& name, const std::string& help,
                      std::shared_ptr<std::string> order_id) {
  CLI::App* command = app.add_subcommand(name, help);
  command->add_option("ORDER", *order_id, "The order's id")->required();
  return command;
}

void AddRefund(CLI::App& app, Session& session) {
  auto options = std::make_shared<RefundOptions>();
  CLI::App* command =
      app.add_subcommand("refund", "Refund a part of a confirmed order; no stock returns");
  command->add_option("ORDER", options->order_id, "The order's id")->required();
  CLI::Option* item =
      command->add_option("--item", options->items, "What to refund, ID:QUANTITY; may be repeated")
          ->check(CLI::Validator(CheckItem, "ID:QUANTITY"));
  CLI::Option* amount =
      command->add_option("--amount", options->amount, "How much to refund, in minor units")
          ->check(CLI::PositiveNumber)
          ->excludes(item);
  CLI::Option* currency =
      command->add_option("--currency", options->currency, "The order's currency, such as EUR");
  amount->needs(currency);
  currency->needs(amount);
  command->add_option("--request-id", options->request_id,
                      "A UUID; repeating it returns the same refund (default: a new one)");
  command->callback([&session, options, item, amount] {
    if (item->count() + amount->count() == 0) throw CLI::RequiredError("--item or --amount");
    session.command = [&session, options] { return Refund(session, *options); };
  });
}

}  // namespace

void AddOrderCommands(CLI::App& app, Session& session) {
  AddPlace(app, session);

  auto order_id = std::make_shared<std::string>();
  AddForOrder(app, "get", "Show an order", order_id)->callback([&session, order_id] {
    session.command = [&session, order_id] { return Get(session, *order_id); };
  });
  AddForOrder(app, "watch", "Show the state and every change, until the order has ended", order_id)
      ->callback([&session, order_id] {
        session.command = [&session, order_id] { return Watch(session, *order_id); };
      });

  auto request_id = std::make_shared<std::string>();
  CLI::App* cancel =
      AddForOrder(app, "cancel", "Cancel an order; a confirmed one is refunded", order_id);
  cancel->add_option("--request-id", *request_id, "A UUID (default: a new one)");
  cancel->callback([&session, order_id, request_id] {
    session.command = [&session, order_id, request_id] {
      return Cancel(session, *order_id, *request_id);
    };
  });

  AddRefund(app, session);

  auto limit = std::make_shared<int>(50);
  CLI::App* list = app.add_subcommand("list", "List the user's orders, newest first");
  list->add_option("--limit", *limit, "How many orders to list at most")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  list->callback(
      [&session, limit] { session.command = [&session, limit] { return List(session, *limit); }; });
}

}  // namespace waybill::orderctl
