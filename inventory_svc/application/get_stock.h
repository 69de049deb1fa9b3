// Reads stock levels.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "inventory_svc/application/ports.h"

namespace waybill::inventory_svc {

// One answer a SKU, in order. kNotFound, reason STOCK_NOT_FOUND: never stocked. Where the storage
// fails, its error stands in every answer. Blocks until `deadline` at most. Thread-safe.
std::vector<absl::StatusOr<StockLevel>> GetStock(UnitOfWork& work, absl::Span<const Sku> skus,
                                                 absl::Time deadline);

}  // namespace waybill::inventory_svc
