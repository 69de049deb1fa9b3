// Use case: the stock level of one SKU.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "inventory_svc/storage/stores.h"

namespace waybill::inventory_svc {

// Thread-safe.
class GetStock {
 public:
  explicit GetStock(const UnitOfWork& unit_of_work) : unit_of_work_(unit_of_work) {}

  // Blocks until `deadline` at most. Errors: kNotFound with reason STOCK_NOT_FOUND (never stocked),
  // UnitOfWork's.
  absl::StatusOr<StockLevel> Run(const Sku& sku, absl::Time deadline);

 private:
  const UnitOfWork& unit_of_work_;
};

}  // namespace waybill::inventory_svc
