#include "platform/events/decoder.h"

namespace waybill::events {

absl::StatusOr<OrderId> OrderOf(const IncomingEvent& event, const std::string& order_id) {
  const absl::StatusOr<OrderId> order = OrderId::Parse(order_id);
  if (!order.ok()) {
    return absl::InvalidArgumentError(StrCat("orderId \"", order_id, "\" is not a UUID"));
  }
  if (event.key != order->ToString()) {
    return absl::InvalidArgumentError(StrCat("orderId \"", order_id, "\" is not the record's key"));
  }
  return order;
}

}  // namespace waybill::events
