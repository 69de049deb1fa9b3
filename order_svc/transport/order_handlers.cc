#include "order_svc/transport/order_handlers.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "order_svc/transport/messages.h"
#include "order_svc/transport/watch_stream.h"
#include "platform/grpc/field_checks.h"
#include "platform/grpc/page_token.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::order_svc {
namespace {

namespace v1 = ::waybill::orders::v1;

constexpr char kListing[] = "orders";

absl::StatusOr<PlaceOrderCommand> ToCommand(const grpc::Caller& caller,
                                            const v1::PlaceOrderRequest& request) {
  grpc::FieldChecks checks;
  PlaceOrderCommand command;
  command.key = {caller.user, checks.AsId<RequestId>("request_id", request.request_id())};
  if (request.items().empty() || request.items_size() > kMaxLines) {
    checks.Add("items", StrCat("has ", request.items_size(), " lines, outside 1 to ", kMaxLines));
  }
  const int lines = std::min(request.items_size(), kMaxLines);
  for (int i = 0; i < lines; ++i) {
    const v1::Item& item = request.items(i);
    const std::string path = StrCat("items[", i, "].");
    command.items.push_back({.product = checks.As<Sku>(path + "product_id", item.product_id()),
                             .quantity = static_cast<int>(checks.AsInt(
                                 path + "quantity", item.quantity(), 1, kMaxQuantity))});
  }
  command.email = checks.As<EmailAddress>("email", request.email());
  command.payment_method =
      checks.AsName("payment_method", request.payment_method(), kMaxPaymentMethod);
  command.trace = caller.trace;
  command.deadline = caller.deadline;
  command.has_left = caller.has_left;
  RETURN_IF_ERROR(checks.Finish());
  return command;
}

// Reads the amount or the items, and records what is wrong with them in `checks`.
NewRefund ToNewRefund(grpc::FieldChecks& checks, const v1::RefundOrderRequest& request) {
  NewRefund refund;
  if (request.has_amount() == !request.items().empty()) {
    checks.Add("amount", "must be set if items is empty, and only then");
    return refund;
  }
  if (request.has_amount()) {
    refund.amount = {
        .minor_units =
            checks.AsInt("amount.minor_units", request.amount().minor_units(), 1, kMaxMinorUnits),
        .currency = checks.As<Currency>("amount.currency_code", request.amount().currency_code())};
    return refund;
  }
  if (request.items_size() > kMaxLines) {
    checks.Add("items", StrCat("has ", request.items_size(), " items, outside 1 to ", kMaxLines));
  }
  const int items = std::min(request.items_size(), kMaxLines);
  for (int i = 0; i < items; ++i) {
    const std::string path = StrCat("items[", i, "].");
    const auto product = checks.As<Sku>(path + "product_id", request.items(i).product_id());
    refund.items[product] += static_cast<int>(
        checks.AsInt(path + "quantity", request.items(i).quantity(), 1, kMaxQuantity));
  }
  return refund;
}

absl::StatusOr<OrderId> ToOrderId(const std::string& order_id) {
  grpc::FieldChecks checks;
  const auto id = checks.AsId<OrderId>("order_id", order_id);
  RETURN_IF_ERROR(checks.Finish());
  return id;
}

}  // namespace

OrderHandlers::OrderHandlers(const grpc::Door& door, OrderUseCases use_cases)
    : Handlers(door), use_cases_(use_cases) {
  Serve("PlaceOrder", &OrderHandlers::Place);
  Serve("GetOrder", &OrderHandlers::Get);
  Serve("ListOrders", &OrderHandlers::List);
  Serve("CancelOrder", &OrderHandlers::Cancel);
  Serve("RefundOrder", &OrderHandlers::Refund);
  ServeStream("WatchOrder", v1::WatchOrderResponse::descriptor(), &OrderHandlers::Watch);
}

void OrderHandlers::Place(const grpc::Caller& caller, const v1::PlaceOrderRequest& request,
                          grpc::Reply<v1::PlaceOrderResponse> reply) {
  absl::StatusOr<PlaceOrderCommand> command = ToCommand(caller, request);
  if (!command.ok()) return reply(command.status());
  const auto answer = [reply](const absl::StatusOr<OrderData>& order) {
    if (!order.ok()) return reply(order.status());
    v1::PlaceOrderResponse response;
    *response.mutable_order() = ToProto(*order);
    reply(response);
  };
  if (!use_cases_.place_order.TrySubmit(*std::move(command), request.ByteSizeLong(), answer)) {
    reply(grpc::TooBusy());
  }
}

absl::StatusOr<v1::GetOrderResponse> OrderHandlers::Get(const grpc::Caller& caller,
                                                        const v1::GetOrderRequest& request) {
  ASSIGN_OR_RETURN(const OrderId id, ToOrderId(request.order_id()));
  ASSIGN_OR_RETURN(const OrderData order,
                   use_cases_.get_order.Run(caller.viewer(), id, caller.deadline));
  v1::GetOrderResponse response;
  *response.mutable_order() = ToProto(order);
  return response;
}

absl::StatusOr<v1::ListOrdersResponse> OrderHandlers::List(const grpc::Caller& caller,
                                                           const v1::ListOrdersRequest& request) {
  grpc::FieldChecks checks;
  const int page_size = grpc::ReadPageSize(request.page_size(), checks);
  const auto before = grpc::ReadPageToken<OrderId>(
      request.page_token(), {kListing, caller.user.value()}, &OrderId::Parse, checks);
  RETURN_IF_ERROR(checks.Finish());
  ASSIGN_OR_RETURN(const OrderPage page,
                   use_cases_.list_orders.Run(caller.user, before, page_size, caller.deadline));
  v1::ListOrdersResponse response;
  for (const OrderData& order : page.orders) *response.add_orders() = ToProto(order);
  if (page.next_before) {
    response.set_next_page_token(
        grpc::MakePageToken({kListing, caller.user.value()}, page.next_before->ToString()));
  }
  return response;
}

absl::StatusOr<v1::CancelOrderResponse> OrderHandlers::Cancel(
    const grpc::Caller& caller, const v1::CancelOrderRequest& request) {
  grpc::FieldChecks checks;
  const CancelOrderCommand command{
      .key = {caller.user, checks.AsId<RequestId>("request_id", request.request_id())},
      .order = checks.AsId<OrderId>("order_id", request.order_id()),
      .trace = caller.trace,
      .deadline = caller.deadline};
  RETURN_IF_ERROR(checks.Finish());
  ASSIGN_OR_RETURN(const OrderData order, use_cases_.cancel_order.Run(command));
  v1::CancelOrderResponse response;
  *response.mutable_order() = ToProto(order);
  return response;
}

absl::StatusOr<v1::RefundOrderResponse> OrderHandlers::Refund(
    const grpc::Caller& caller, const v1::RefundOrderRequest& request) {
  grpc::FieldChecks checks;
  const RefundOrderCommand command{
      .key = {caller.user, checks.AsId<RequestId>("request_id", request.request_id())},
      .order = checks.AsId<OrderId>("order_id", request.order_id()),
      .refund = ToNewRefund(checks, request),
      .trace = caller.trace,
      .deadline = caller.deadline};
  RETURN_IF_ERROR(checks.Finish());
  ASSIGN_OR_RETURN(const order_svc::Refund refund, use_cases_.refund_order.Run(command));
  v1::RefundOrderResponse response;
  *response.mutable_refund() = ToProto(refund);
  return response;
}

grpc::WriteReactor* OrderHandlers::Watch(const absl::Status& status, const grpc::Caller& caller,
                                         const v1::WatchOrderRequest& request) {
  const std::shared_ptr<WatchStream> stream = WatchStream::Create(caller.open_call);
  const absl::StatusOr<OrderId> order =
      status.ok() ? ToOrderId(request.order_id()) : absl::StatusOr<OrderId>(status);
  if (!order.ok()) {
    stream->OnEnd(order.status());
    return stream.get();
  }
  const bool queued = executor().TrySubmit(
      [this, stream, viewer = caller.viewer(), id = *order, deadline = caller.deadline] {
        use_cases_.watch_orders.Run(viewer, id, deadline, stream);
      });
  if (!queued) stream->OnEnd(grpc::TooBusy());
  return stream.get();
}

}  // namespace waybill::order_svc
