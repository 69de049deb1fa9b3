#include "order_svc/application/refund_order.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "order_svc/application/get_order.h"
#include "platform/faults/fault_point.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::order_svc {
namespace {

using request_keys::Answer;
using request_keys::Request;

std::string FingerprintOf(const RefundOrderCommand& command) {
  std::vector<std::string> parameters = {command.order.ToString()};
  if (command.refund.amount) {
    parameters.push_back("amount");
    parameters.push_back(command.refund.amount->currency.value());
    parameters.push_back(StrCat(command.refund.amount->minor_units));
  } else {
    // A product may be called "USD".
    parameters.push_back("items");
  }
  for (const auto& [product, units] : command.refund.items) {
    parameters.push_back(product.value());
    parameters.push_back(StrCat(units));
  }
  return request_keys::Fingerprint("RefundOrder", parameters);
}

// The refund that an answer stands for.
absl::StatusOr<Refund> RefundOf(const std::vector<TracedOrder>& orders, const std::string& id) {
  for (const TracedOrder& traced : orders) {
    for (const Refund& refund : traced.order.data().refunds) {
      if (refund.id.ToString() == id) return AsRequested(refund);
    }
  }
  return absl::InternalError(
      StrCat("the request_id belongs to refund ", id, ", which doesn't exist"));
}

}  // namespace

absl::StatusOr<Refund> RefundOrder::Run(const RefundOrderCommand& command) {
  const Request request{command.key, FingerprintOf(command)};
  std::vector<TracedOrder> orders;
  absl::StatusOr<Refund> refund = absl::UnknownError("not answered");
  RETURN_IF_ERROR(
      unit_of_work_.Run("refund_order", command.deadline, [&](Stores& stores) -> absl::Status {
        const auto request_refund = [&](const std::vector<std::size_t>&) {
          std::vector<absl::StatusOr<Answer>> answers;
          orders = stores.orders.Lock({command.order});
          if (orders.empty()) {
            answers.emplace_back(OrderNotFound(command.order));
            return answers;
          }
          orders.front().trace = command.trace;
          const absl::StatusOr<Refund> requested =
              orders.front().order.RequestRefund(command.refund, absl::Now());
          if (requested.ok()) {
            stores.orders.Save(orders);
            answers.emplace_back(Answer{.resource = requested->id.ToString(), .response = ""});
          } else {
            answers.emplace_back(requested.status());
          }
          return answers;
        };
        orders.clear();
        ASSIGN_OR_RETURN(const auto answers,
                         stores.request_keys.AnswerOnce({&request, 1}, request_refund));
        RETURN_IF_ERROR(answers.front().status());
        // A repeated request_id: the answer is the refund as it was requested.
        if (orders.empty()) orders = stores.orders.Find({command.order});
        refund = RefundOf(orders, answers.front()->resource);
        faults::Point("refund_order.before_commit");
        return refund.status();
      }));
  faults::Point("refund_order.after_commit");
  report_.Report(orders);
  return refund;
}

}  // namespace waybill::order_svc
