#include "order_svc/application/list_orders.h"

#include "platform/types/status_macros.h"

namespace waybill::order_svc {

absl::StatusOr<OrderPage> ListOrders::Run(const UserId& user, std::optional<OrderId> before,
                                          int page_size, absl::Time deadline) {
  OrderPage page;
  const absl::Status status = unit_of_work_.Run("list_orders", deadline, [&](Stores& stores) {
    page = {};
    // One more than requested shows whether there is a next page.
    for (const TracedOrder& traced : stores.orders.List(user, before, page_size + 1)) {
      page.orders.push_back(traced.order.data());
    }
    if (page.orders.size() > static_cast<std::size_t>(page_size)) {
      page.orders.pop_back();
      page.next_before = page.orders.back().id;
    }
    return absl::OkStatus();
  });
  RETURN_IF_ERROR(status);
  return page;
}

}  // namespace waybill::order_svc
