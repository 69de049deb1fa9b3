#include "order_svc/transport/order_requests.h"

#include <algorithm>

#include "order_svc/transport/page_token.h"
#include "platform/grpc/field_checks.h"
#include "platform/types/strings.h"

namespace waybill::order_svc {
namespace {

constexpr char kListing[] = "orders";

}  // namespace

absl::StatusOr<PlaceOrderCommand> ToCommand(const grpc::Caller& caller,
                                            const orders::v1::PlaceOrderRequest& request) {
  grpc::FieldChecks checks;
  PlaceOrderCommand command;
  command.key = {.user = caller.user,
                 .request_id = RequestId(checks.AsUuid("request_id", request.request_id()))};
  if (request.items().empty() || request.items_size() > kMaxLines) {
    checks.Add("items", StrCat("has ", request.items_size(), " lines, outside 1 to ", kMaxLines));
  }
  const int lines = std::min(request.items_size(), kMaxLines);
  for (int i = 0; i < lines; ++i) {
    const orders::v1::Item& item = request.items(i);
    const std::string path = StrCat("items[", i, "].");
    command.items.push_back(
        {.product = Sku(checks.AsName(path + "product_id", item.product_id(), kMaxProductId)),
         .quantity =
             static_cast<int>(checks.AsInt(path + "quantity", item.quantity(), 1, kMaxQuantity))});
  }
  command.email = checks.AsEmail("email", request.email());
  command.payment_method =
      checks.AsName("payment_method", request.payment_method(), kMaxPaymentMethod);
  command.trace = caller.trace;
  command.deadline = caller.deadline;
  if (absl::Status status = checks.Finish(); !status.ok()) return status;
  return command;
}

absl::StatusOr<CancelOrderCommand> ToCommand(const grpc::Caller& caller,
                                             const orders::v1::CancelOrderRequest& request) {
  grpc::FieldChecks checks;
  CancelOrderCommand command;
  command.key = {.user = caller.user,
                 .request_id = RequestId(checks.AsUuid("request_id", request.request_id()))};
  command.order = OrderId(checks.AsUuid("order_id", request.order_id()));
  command.trace = caller.trace;
  command.deadline = caller.deadline;
  if (absl::Status status = checks.Finish(); !status.ok()) return status;
  return command;
}

absl::StatusOr<OrderId> ToOrderId(const std::string& order_id) {
  grpc::FieldChecks checks;
  const OrderId id(checks.AsUuid("order_id", order_id));
  if (absl::Status status = checks.Finish(); !status.ok()) return status;
  return id;
}

absl::StatusOr<OrderListing> ToListing(const grpc::Caller& caller,
                                       const orders::v1::ListOrdersRequest& request) {
  grpc::FieldChecks checks;
  OrderListing listing;
  listing.page_size =
      static_cast<int>(checks.AsInt("page_size", request.page_size(), 0, kMaxPageSize));
  if (listing.page_size == 0) listing.page_size = kDefaultPageSize;
  if (!request.page_token().empty()) {
    const absl::StatusOr<std::string> position =
        ReadPageToken(request.page_token(), kListing, caller.user.value());
    const absl::StatusOr<OrderId> before = OrderId::Parse(position.value_or(""));
    if (before.ok()) {
      listing.before = *before;
    } else {
      checks.Add("page_token", "is not a page token of this listing");
    }
  }
  if (absl::Status status = checks.Finish(); !status.ok()) return status;
  return listing;
}

std::string TokenAfter(const grpc::Caller& caller, const OrderId& before) {
  return MakePageToken(kListing, caller.user.value(), before.ToString());
}

}  // namespace waybill::order_svc
