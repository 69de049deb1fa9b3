// Requests of OrderService as commands.
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "order_svc/application/cancel_order.h"
#include "order_svc/application/place_order.h"
#include "platform/grpc/caller.h"
#include "platform/types/ids.h"
#include "waybill/orders/v1/order_service.pb.h"

namespace waybill::order_svc {

// All of them: kInvalidArgument with a violation for each field that is wrong.
absl::StatusOr<PlaceOrderCommand> ToCommand(const grpc::Caller& caller,
                                            const orders::v1::PlaceOrderRequest& request);
absl::StatusOr<CancelOrderCommand> ToCommand(const grpc::Caller& caller,
                                             const orders::v1::CancelOrderRequest& request);
absl::StatusOr<OrderId> ToOrderId(const std::string& order_id);

struct OrderListing {
  std::optional<OrderId> before;
  int page_size = 0;
};
absl::StatusOr<OrderListing> ToListing(const grpc::Caller& caller,
                                       const orders::v1::ListOrdersRequest& request);
std::string TokenAfter(const grpc::Caller& caller, const OrderId& before);

}  // namespace waybill::order_svc
