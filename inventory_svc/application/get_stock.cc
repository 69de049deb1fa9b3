#include "inventory_svc/application/get_stock.h"

#include <optional>

#include "platform/types/error.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::inventory_svc {

absl::StatusOr<StockLevel> GetStock::Run(const Sku& sku, absl::Time deadline) {
  std::optional<StockLevel> level;
  RETURN_IF_ERROR(unit_of_work_.Run("get_stock", deadline, [&](Stores& stores) {
    level = stores.stock.Find(sku);
    return absl::OkStatus();
  }));
  if (level) return *level;
  return MakeError(absl::StatusCode::kNotFound, "STOCK_NOT_FOUND",
                   StrCat("product ", sku.value(), " has never been stocked"));
}

}  // namespace waybill::inventory_svc
