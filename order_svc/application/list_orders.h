// Use case: lists a user's orders, page by page.
#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "order_svc/storage/stores.h"

namespace waybill::order_svc {

struct OrderPage {
  std::vector<OrderData> orders;
  // Where the next page begins; nothing on the last page.
  std::optional<OrderId> next_before;
};

// Thread-safe.
class ListOrders {
 public:
  explicit ListOrders(const UnitOfWork& unit_of_work) : unit_of_work_(unit_of_work) {}

  // The newest `page_size` orders of the user that are older than `before`, where it is given. An
  // order placed while a caller pages never shifts the pages that follow.
  //
  // Blocks until `deadline` at most. Errors: UnitOfWork's.
  absl::StatusOr<OrderPage> Run(const UserId& user, std::optional<OrderId> before, int page_size,
                                absl::Time deadline);

 private:
  const UnitOfWork& unit_of_work_;
};

}  // namespace waybill::order_svc
