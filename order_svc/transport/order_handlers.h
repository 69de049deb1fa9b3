// Serves waybill.orders.v1.OrderService over gRPC.
#pragma once

#include "order_svc/application/cancel_order.h"
#include "order_svc/application/get_order.h"
#include "order_svc/application/list_orders.h"
#include "order_svc/application/place_order.h"
#include "order_svc/application/refund_order.h"
#include "order_svc/application/watch_orders.h"
#include "platform/grpc/handlers.h"
#include "waybill/orders/v1/order_service.grpc.pb.h"

namespace waybill::order_svc {

struct OrderUseCases {
  PlaceOrderBatcher& place_order;
  GetOrder& get_order;
  ListOrders& list_orders;
  CancelOrder& cancel_order;
  RefundOrder& refund_order;
  WatchOrders& watch_orders;
};

// Checks the form of every field, converts requests into commands, and results into responses.
// Thread-safe. Borrows door and use cases.
class OrderHandlers final : public grpc::Handlers<orders::v1::OrderService> {
 public:
  OrderHandlers(const grpc::Door& door, OrderUseCases use_cases);

 private:
  void Place(const grpc::Caller& caller, const orders::v1::PlaceOrderRequest& request,
             grpc::Reply<orders::v1::PlaceOrderResponse> reply);
  absl::StatusOr<orders::v1::GetOrderResponse> Get(const grpc::Caller& caller,
                                                   const orders::v1::GetOrderRequest& request);
  absl::StatusOr<orders::v1::ListOrdersResponse> List(const grpc::Caller& caller,
                                                      const orders::v1::ListOrdersRequest& request);
  absl::StatusOr<orders::v1::CancelOrderResponse> Cancel(
      const grpc::Caller& caller, const orders::v1::CancelOrderRequest& request);
  absl::StatusOr<orders::v1::RefundOrderResponse> Refund(
      const grpc::Caller& caller, const orders::v1::RefundOrderRequest& request);
  grpc::WriteReactor* Watch(const absl::Status& status, const grpc::Caller& caller,
                            const orders::v1::WatchOrderRequest& request);

  const OrderUseCases use_cases_;
};

}  // namespace waybill::order_svc
