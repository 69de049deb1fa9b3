#include "order_svc/application/get_order.h"

#include <optional>

#include "platform/types/error.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::order_svc {

absl::Status OrderNotFound(const OrderId& id) {
  return MakeError(absl::StatusCode::kNotFound, "ORDER_NOT_FOUND",
                   StrCat("there is no order ", id.ToString()));
}

absl::StatusOr<OrderData> GetOrder::Run(const Viewer& viewer, const OrderId& id,
                                        absl::Time deadline) {
  std::optional<OrderData> found;
  const absl::Status status = unit_of_work_.Run("get_order", deadline, [&](Stores& stores) {
    const std::vector<TracedOrder> orders = stores.orders.Find({id});
    if (orders.empty() || !viewer.MaySee(orders.front().order.data().user))
      return OrderNotFound(id);
    found = orders.front().order.data();
    return absl::OkStatus();
  });
  RETURN_IF_ERROR(status);
  return *std::move(found);
}

}  // namespace waybill::order_svc
