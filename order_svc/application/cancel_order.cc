#include "order_svc/application/cancel_order.h"

#include <vector>

#include "absl/time/clock.h"
#include "order_svc/application/get_order.h"
#include "platform/types/status_macros.h"

namespace waybill::order_svc {
namespace {

using request_keys::Answer;
using request_keys::Request;

}  // namespace

absl::StatusOr<OrderData> CancelOrder::Run(const CancelOrderCommand& command) {
  const std::string id = command.order.ToString();
  const Request request{command.key, request_keys::Fingerprint("CancelOrder", {id})};
  std::vector<TracedOrder> orders;
  RETURN_IF_ERROR(
      unit_of_work_.Run("cancel_order", command.deadline, [&](Stores& stores) -> absl::Status {
        const auto cancel = [&](const std::vector<std::size_t>&) {
          std::vector<absl::StatusOr<Answer>> answers = {Answer{.resource = id, .response = ""}};
          orders = stores.orders.Lock({command.order});
          if (orders.empty() || orders.front().order.data().user != command.key.user) {
            answers.front() = OrderNotFound(command.order);
            return answers;
          }
          orders.front().trace = command.trace;
          const absl::Status cancelled =
              orders.front().order.Cancel(CancelReason::kCustomer, absl::Now());
          if (!cancelled.ok()) {
            answers.front() = cancelled;
          } else if (orders.front().order.changed()) {
            stores.orders.Save(orders);
          }
          return answers;
        };
        orders.clear();
        ASSIGN_OR_RETURN(const auto answers, stores.request_keys.AnswerOnce({&request, 1}, cancel));
        RETURN_IF_ERROR(answers.front().status());
        // A repeated request_id.
        if (orders.empty()) orders = stores.orders.Find({command.order});
        if (orders.empty()) return OrderNotFound(command.order);
        return absl::OkStatus();
      }));
  report_.Report(orders);
  return orders.front().order.AsCancelled();
}

}  // namespace waybill::order_svc
