#include "order_svc/transport/order_handlers.h"

#include <memory>
#include <utility>

#include "order_svc/transport/order_codec.h"
#include "order_svc/transport/order_requests.h"
#include "order_svc/transport/watch_stream.h"
#include "platform/grpc/unary.h"

namespace waybill::order_svc {
namespace {

namespace v1 = ::waybill::orders::v1;

}  // namespace

::grpc::ServerUnaryReactor* OrderHandlers::PlaceOrder(::grpc::CallbackServerContext* context,
                                                      const ::grpc::ByteBuffer* request,
                                                      ::grpc::ByteBuffer* response) {
  return grpc::ServeUnary<v1::PlaceOrderRequest, v1::PlaceOrderResponse>(
      executor_, context, request, response,
      [this](const grpc::Caller& caller, const v1::PlaceOrderRequest& in) {
        return Place(caller, in);
      });
}

::grpc::ServerUnaryReactor* OrderHandlers::GetOrder(::grpc::CallbackServerContext* context,
                                                    const ::grpc::ByteBuffer* request,
                                                    ::grpc::ByteBuffer* response) {
  return grpc::ServeUnary<v1::GetOrderRequest, v1::GetOrderResponse>(
      executor_, context, request, response,
      [this](const grpc::Caller& caller, const v1::GetOrderRequest& in) {
        return Get(caller, in);
      });
}

::grpc::ServerUnaryReactor* OrderHandlers::ListOrders(::grpc::CallbackServerContext* context,
                                                      const ::grpc::ByteBuffer* request,
                                                      ::grpc::ByteBuffer* response) {
  return grpc::ServeUnary<v1::ListOrdersRequest, v1::ListOrdersResponse>(
      executor_, context, request, response,
      [this](const grpc::Caller& caller, const v1::ListOrdersRequest& in) {
        return List(caller, in);
      });
}

::grpc::ServerUnaryReactor* OrderHandlers::CancelOrder(::grpc::CallbackServerContext* context,
                                                       const ::grpc::ByteBuffer* request,
                                                       ::grpc::ByteBuffer* response) {
  return grpc::ServeUnary<v1::CancelOrderRequest, v1::CancelOrderResponse>(
      executor_, context, request, response,
      [this](const grpc::Caller& caller, const v1::CancelOrderRequest& in) {
        return Cancel(caller, in);
      });
}

::grpc::ServerWriteReactor<::grpc::ByteBuffer>* OrderHandlers::WatchOrder(
    ::grpc::CallbackServerContext* context, const ::grpc::ByteBuffer* request) {
  const std::shared_ptr<WatchStream> stream = WatchStream::Create();
  const absl::StatusOr<grpc::Caller> caller = grpc::CallerOf(*context);
  v1::WatchOrderRequest in;
  absl::Status status = caller.status();
  if (status.ok()) status = grpc::ParseRequest(*request, in);
  absl::StatusOr<OrderId> order = status.ok() ? ToOrderId(in.order_id()) : status;
  if (!order.ok()) {
    stream->OnEnd(order.status());
    return stream.get();
  }
  const bool queued = executor_.TrySubmit(
      [this, stream, user = caller->user, id = *order, deadline = caller->deadline] {
        use_cases_.watch_hub.Watch(user, id, deadline, stream);
      });
  if (!queued) stream->OnEnd(grpc::TooBusy());
  return stream.get();
}

absl::StatusOr<v1::PlaceOrderResponse> OrderHandlers::Place(const grpc::Caller& caller,
                                                            const v1::PlaceOrderRequest& request) {
  const absl::StatusOr<PlaceOrderCommand> command = ToCommand(caller, request);
  if (!command.ok()) return command.status();
  const auto placed = use_cases_.place_order.Run({*command});
  if (!placed.front().ok()) return placed.front().status();
  v1::PlaceOrderResponse response;
  *response.mutable_order() = ToProto(*placed.front());
  return response;
}

absl::StatusOr<v1::GetOrderResponse> OrderHandlers::Get(const grpc::Caller& caller,
                                                        const v1::GetOrderRequest& request) {
  const absl::StatusOr<OrderId> id = ToOrderId(request.order_id());
  if (!id.ok()) return id.status();
  const absl::StatusOr<OrderData> order =
      use_cases_.get_order.Run(caller.user, *id, caller.deadline);
  if (!order.ok()) return order.status();
  v1::GetOrderResponse response;
  *response.mutable_order() = ToProto(*order);
  return response;
}

absl::StatusOr<v1::ListOrdersResponse> OrderHandlers::List(const grpc::Caller& caller,
                                                           const v1::ListOrdersRequest& request) {
  const absl::StatusOr<OrderListing> listing = ToListing(caller, request);
  if (!listing.ok()) return listing.status();
  const absl::StatusOr<OrderPage> page =
      use_cases_.list_orders.Run(caller.user, listing->before, listing->page_size, caller.deadline);
  if (!page.ok()) return page.status();
  v1::ListOrdersResponse response;
  for (const OrderData& order : page->orders) *response.add_orders() = ToProto(order);
  if (page->next_before) response.set_next_page_token(TokenAfter(caller, *page->next_before));
  return response;
}

absl::StatusOr<v1::CancelOrderResponse> OrderHandlers::Cancel(
    const grpc::Caller& caller, const v1::CancelOrderRequest& request) {
  const absl::StatusOr<CancelOrderCommand> command = ToCommand(caller, request);
  if (!command.ok()) return command.status();
  const absl::StatusOr<std::string> answer = use_cases_.cancel_order.Run(*command);
  if (!answer.ok()) return answer.status();
  v1::CancelOrderResponse response;
  if (!response.ParseFromString(*answer)) {
    return absl::InternalError("the stored answer is not a CancelOrderResponse");
  }
  return response;
}

}  // namespace waybill::order_svc
