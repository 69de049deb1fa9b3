#include "order_svc/application/cancel_order.h"

#include <vector>

#include "absl/time/clock.h"
#include "order_svc/application/get_order.h"
#include "order_svc/application/transition_log.h"

namespace waybill::order_svc {

absl::StatusOr<std::string> CancelOrder::Run(const CancelOrderCommand& command) {
  request_keys::Record record{
      .key = command.key,
      .fingerprint = request_keys::Fingerprint("CancelOrder", {command.order.ToString()}),
      .resource = command.order.ToString(),
      .response = ""};
  std::vector<TracedOrder> locked;
  const absl::Status status =
      unit_of_work_.Run("cancel_order", command.deadline, [&](const Stores& stores) {
        // The lock first: a call with the same key and order has then either written its key or not
        // begun.
        locked = stores.orders.Lock({command.order});
        if (const auto used = stores.request_keys.Find({command.key}); !used.empty()) {
          const request_keys::Record& before = used.begin()->second;
          if (before.fingerprint != record.fingerprint) return request_keys::Reused(command.key);
          record.response = before.response;
          return absl::OkStatus();
        }
        if (locked.empty() || locked.front().order.data().user != command.key.user) {
          return OrderNotFound(command.order);
        }
        TracedOrder& traced = locked.front();
        traced.trace = command.trace;
        if (absl::Status cancelled = traced.order.Cancel(CancelReason::kCustomer, absl::Now());
            !cancelled.ok()) {
          return cancelled;
        }
        stores.orders.Save(locked);
        record.response = encoder_.Encode(traced.order.data());
        // Taken since: by a call on another order, as this one is locked.
        if (!stores.request_keys.Insert({record}).empty()) return request_keys::Reused(command.key);
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  TellTransitions(locked, metrics_);
  return record.response;
}

}  // namespace waybill::order_svc
