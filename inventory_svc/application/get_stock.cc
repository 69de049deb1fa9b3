#include "inventory_svc/application/get_stock.h"

#include "absl/strings/str_cat.h"
#include "platform/types/error.h"

namespace waybill::inventory_svc {

std::vector<absl::StatusOr<StockLevel>> GetStock(UnitOfWork& work, absl::Span<const Sku> skus,
                                                 absl::Time deadline) {
  Stock stock;
  const absl::Status status = work.Run("get stock", deadline, [&](Stores& stores) {
    stock = stores.stock.Find(std::set<Sku>(skus.begin(), skus.end()));
    return absl::OkStatus();
  });
  if (!status.ok()) return std::vector<absl::StatusOr<StockLevel>>(skus.size(), status);

  std::vector<absl::StatusOr<StockLevel>> answers;
  for (const Sku& sku : skus) {
    const auto level = stock.find(sku);
    if (level != stock.end()) {
      answers.push_back(level->second);
    } else {
      answers.push_back(
          MakeError(absl::StatusCode::kNotFound, "STOCK_NOT_FOUND",
                    absl::StrCat("product ", sku.value(), " has never been stocked")));
    }
  }
  return answers;
}

}  // namespace waybill::inventory_svc
