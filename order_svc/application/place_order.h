// Use case: place orders.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "order_svc/application/ports.h"
#include "order_svc/application/transition_metrics.h"

namespace waybill::order_svc {

// One wanted line; its price comes from the catalog.
struct WantedItem {
  Sku product;
  // 1 to kMaxQuantity.
  int quantity = 0;
};

// What one caller wants; every field checked for its form already.
struct PlaceOrderCommand {
  request_keys::RequestKey key;
  // 1 to kMaxLines.
  std::vector<WantedItem> items;
  std::string email;
  std::string payment_method;
  TraceContext trace;
  // Nothing is written for this command after it.
  absl::Time deadline;
};

// Thread-safe.
class PlaceOrder {
 public:
  // Orders not confirmed `order_timeout` after they were placed will be cancelled.
  PlaceOrder(UnitOfWork& unit_of_work, absl::Duration order_timeout, TransitionMetrics metrics = {})
      : unit_of_work_(unit_of_work), order_timeout_(order_timeout), metrics_(std::move(metrics)) {}

  // Places all the orders in one transaction. One answer for each command, in order: the order as
  // it was placed, now or when its request_id was used first; or its own error, which doesn't touch
  // the others.
  //
  // Blocks until the last deadline at most. Errors: PRODUCT_NOT_FOUND, REQUEST_ID_REUSED,
  // INVALID_FIELDS (two currencies, too high a total), kDeadlineExceeded, UnitOfWork's.
  std::vector<absl::StatusOr<OrderData>> Run(absl::Span<const PlaceOrderCommand> commands);

 private:
  using Answers = std::vector<absl::StatusOr<OrderData>>;

  // Those of `commands` that `which` names, with one transaction where that works and halves where
  // it doesn't.
  void Place(absl::Span<const PlaceOrderCommand> commands, std::vector<std::size_t> which,
             Answers& answers);
  absl::Status PlaceInOneTransaction(absl::Span<const PlaceOrderCommand> commands,
                                     absl::Span<const std::size_t> which, Answers& answers);

  UnitOfWork& unit_of_work_;
  const absl::Duration order_timeout_;
  const TransitionMetrics metrics_;
};

}  // namespace waybill::order_svc
