#include "inventory_svc/domain/stock.h"

#include "absl/strings/str_cat.h"
#include "platform/types/error.h"

namespace waybill::inventory_svc {
namespace {

std::vector<Shortage> ShortagesOf(const Stock& stock, const Quantities& items) {
  std::vector<Shortage> shortages;
  for (const auto& [sku, wanted] : items) {
    const auto level = stock.find(sku);
    const std::int64_t available = level == stock.end() ? 0 : level->second.available();
    if (wanted > available) shortages.push_back({sku, wanted, available});
  }
  return shortages;
}

}  // namespace

std::vector<Decision> Allocate(Stock& stock, absl::Span<const Demand> orders) {
  std::vector<Decision> decisions;
  decisions.reserve(orders.size());
  for (const Demand& demand : orders) {
    Decision decision{demand.order, ShortagesOf(stock, demand.items)};
    if (decision.reserved()) {
      for (const auto& [sku, quantity] : demand.items) stock[sku].reserved += quantity;
    }
    decisions.push_back(std::move(decision));
  }
  return decisions;
}

void GiveBack(Stock& stock, const Quantities& items) {
  for (const auto& [sku, quantity] : items) stock[sku].reserved -= quantity;
}

absl::Status SetOnHand(const Sku& sku, StockLevel& level, std::int64_t on_hand) {
  if (on_hand < level.reserved) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "BELOW_RESERVED",
                     absl::StrCat("product ", sku.value(), ": ", level.reserved,
                                  " are reserved, so on_hand can't be ", on_hand));
  }
  level.on_hand = on_hand;
  return absl::OkStatus();
}

}  // namespace waybill::inventory_svc
