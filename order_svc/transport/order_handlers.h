// waybill.orders.v1.OrderService.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "order_svc/application/cancel_order.h"
#include "order_svc/application/get_order.h"
#include "order_svc/application/list_orders.h"
#include "order_svc/application/place_order.h"
#include "order_svc/application/watch_hub.h"
#include "platform/executor/executor.h"
#include "platform/grpc/caller.h"
#include "waybill/orders/v1/order_service.grpc.pb.h"

namespace waybill::order_svc {

struct OrderUseCases {
  PlaceOrder& place_order;
  GetOrder& get_order;
  ListOrders& list_orders;
  CancelOrder& cancel_order;
  WatchHub& watch_hub;
};

// The raw form of every method: platform/grpc/unary.h says why.
using RawOrderService = orders::v1::OrderService::WithRawCallbackMethod_PlaceOrder<
    orders::v1::OrderService::WithRawCallbackMethod_GetOrder<
        orders::v1::OrderService::WithRawCallbackMethod_ListOrders<
            orders::v1::OrderService::WithRawCallbackMethod_CancelOrder<
                orders::v1::OrderService::WithRawCallbackMethod_WatchOrder<
                    orders::v1::OrderService::Service>>>>>;

// Thread-safe. Turns requests into commands, after checking the form of every field, and answers
// into responses. Borrows executor and use cases.
class OrderHandlers final : public RawOrderService {
 public:
  OrderHandlers(Executor& executor, OrderUseCases use_cases)
      : executor_(executor), use_cases_(use_cases) {}

  ::grpc::ServerUnaryReactor* PlaceOrder(::grpc::CallbackServerContext* context,
                                         const ::grpc::ByteBuffer* request,
                                         ::grpc::ByteBuffer* response) override;
  ::grpc::ServerUnaryReactor* GetOrder(::grpc::CallbackServerContext* context,
                                       const ::grpc::ByteBuffer* request,
                                       ::grpc::ByteBuffer* response) override;
  ::grpc::ServerUnaryReactor* ListOrders(::grpc::CallbackServerContext* context,
                                         const ::grpc::ByteBuffer* request,
                                         ::grpc::ByteBuffer* response) override;
  ::grpc::ServerUnaryReactor* CancelOrder(::grpc::CallbackServerContext* context,
                                          const ::grpc::ByteBuffer* request,
                                          ::grpc::ByteBuffer* response) override;
  ::grpc::ServerWriteReactor<::grpc::ByteBuffer>* WatchOrder(
      ::grpc::CallbackServerContext* context, const ::grpc::ByteBuffer* request) override;

 private:
  absl::StatusOr<orders::v1::PlaceOrderResponse> Place(
      const grpc::Caller& caller, const orders::v1::PlaceOrderRequest& request);
  absl::StatusOr<orders::v1::GetOrderResponse> Get(const grpc::Caller& caller,
                                                   const orders::v1::GetOrderRequest& request);
  absl::StatusOr<orders::v1::ListOrdersResponse> List(const grpc::Caller& caller,
                                                      const orders::v1::ListOrdersRequest& request);
  absl::StatusOr<orders::v1::CancelOrderResponse> Cancel(
      const grpc::Caller& caller, const orders::v1::CancelOrderRequest& request);

  Executor& executor_;
  const OrderUseCases use_cases_;
};

}  // namespace waybill::order_svc
