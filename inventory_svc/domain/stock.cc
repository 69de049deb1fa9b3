#include "inventory_svc/domain/stock.h"

#include "platform/types/error.h"
#include "platform/types/strings.h"

namespace waybill::inventory_svc {

std::vector<Shortage> Allocate(Stock& stock, const Quantities& items) {
  std::vector<Shortage> shortages;
  for (const auto& [sku, wanted] : items) {
    const auto level = stock.find(sku);
    const std::int64_t available = level == stock.end() ? 0 : level->second.available();
    if (wanted > available) shortages.push_back({sku, wanted, available});
  }
  if (shortages.empty()) {
    for (const auto& [sku, quantity] : items) stock[sku].reserved += quantity;
  }
  return shortages;
}

void GiveBack(Stock& stock, const Quantities& items) {
  for (const auto& [sku, quantity] : items) stock[sku].reserved -= quantity;
}

void TakeOut(Stock& stock, const Quantities& items) {
  for (const auto& [sku, quantity] : items) {
    stock[sku].on_hand -= quantity;
    stock[sku].reserved -= quantity;
  }
}

absl::Status SetOnHand(const Sku& sku, StockLevel& level, std::int64_t on_hand) {
  if (on_hand < level.reserved) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "BELOW_RESERVED",
                     StrCat("product ", sku.value(), ": ", level.reserved,
                            " are reserved, so on_hand can't be ", on_hand));
  }
  level.on_hand = on_hand;
  return absl::OkStatus();
}

}  // namespace waybill::inventory_svc
