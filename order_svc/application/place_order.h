// Use case: place orders.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "order_svc/application/known_products.h"
#include "order_svc/application/transition_report.h"
#include "order_svc/storage/stores.h"
#include "platform/executor/batcher.h"

namespace waybill::order_svc {

// One wanted line; its price comes from the catalog.
struct WantedItem {
  Sku product;
  // 1 to kMaxQuantity.
  int quantity = 0;
};

// One caller's order; the form of every field has been checked.
struct PlaceOrderCommand {
  request_keys::RequestKey key;
  // 1 to kMaxLines.
  std::vector<WantedItem> items;
  EmailAddress email;
  std::string payment_method;
  TraceContext trace;
  // No work for this command starts after the deadline, nor once the client has cancelled. If it
  // starts less than 2 s before the deadline, it isn't committed after it.
  absl::Time deadline;
  std::function<bool()> has_left = [] { return false; };
};

// Gathers the commands of concurrent callers for PlaceOrder::Run.
using PlaceOrderBatcher = Batcher<PlaceOrderCommand, OrderData>;

// Thread-safe.
class PlaceOrder {
 public:
  // Orders not confirmed `order_timeout` after they were placed will be cancelled.
  PlaceOrder(const UnitOfWork& unit_of_work, absl::Duration order_timeout,
             TransitionReport report = {})
      : unit_of_work_(unit_of_work), order_timeout_(order_timeout), report_(std::move(report)) {}

  // Places the orders whose products are cached and whose request_ids are new in one statement, and
  // the others in one transaction, which is halved as long as the database refuses one of its
  // orders. Returns one answer per command, in order: the order as it was placed, now or when its
  // request_id was first used; or an error of its own, which doesn't affect the others.
  //
  // Blocks until the last deadline at most. Errors: PRODUCT_NOT_FOUND, REQUEST_ID_REUSED,
  // INVALID_FIELDS (two currencies, or a total that can't be charged), kDeadlineExceeded,
  // kCancelled (by the client), UnitOfWork's.
  std::vector<absl::StatusOr<OrderData>> Run(absl::Span<const PlaceOrderCommand> commands);

 private:
  using Answers = std::vector<absl::StatusOr<OrderData>>;

  // Places as many orders as possible in one statement: answers those, and leaves the others in
  // `which`. Returns kUnknown when those in `which` may have been placed.
  absl::Status PlaceAtOnce(absl::Span<const PlaceOrderCommand> commands,
                           std::vector<std::size_t>& which, Answers& answers);
  // Places those of `commands` whose indexes are in `which`, in one transaction, which is halved as
  // long as the database refuses one of them.
  void Place(absl::Span<const PlaceOrderCommand> commands, std::vector<std::size_t> which,
             Answers& answers);
  absl::Status PlaceInOneTransaction(absl::Span<const PlaceOrderCommand> commands,
                                     absl::Span<const std::size_t> which, Answers& answers);

  const UnitOfWork& unit_of_work_;
  const absl::Duration order_timeout_;
  const TransitionReport report_;
  KnownProducts known_products_;
};

}  // namespace waybill::order_svc
