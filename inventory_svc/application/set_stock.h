// Use case: set the quantity on hand.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "inventory_svc/storage/stores.h"

namespace waybill::inventory_svc {

struct SetStockCommand {
  request_keys::RequestKey key;
  Sku sku;
  // 0 to kMaxQuantity.
  std::int64_t on_hand = 0;
};

// Thread-safe.
class SetStock {
 public:
  explicit SetStock(const UnitOfWork& unit_of_work) : unit_of_work_(unit_of_work) {}

  // Sets each SKU's quantity on hand, all in one transaction; a SKU that is new is created. One
  // answer per command, in order; a bad command fails alone. The same request_id gives the first
  // successful answer again.
  //
  // Blocks until `deadline` at most. Errors: BELOW_RESERVED (kFailedPrecondition: less than what is
  // reserved), REQUEST_ID_REUSED; UnitOfWork's, then in every answer.
  std::vector<absl::StatusOr<StockLevel>> Run(absl::Span<const SetStockCommand> commands,
                                              absl::Time deadline);

 private:
  const UnitOfWork& unit_of_work_;
};

}  // namespace waybill::inventory_svc
