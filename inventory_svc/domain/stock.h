// What there is of each SKU, and who gets it. Plain values and pure functions: no clock, no
// database.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "platform/types/ids.h"

namespace waybill::inventory_svc {

// No SKU has more on hand than this, and no order wants more of one, so that sums can't overflow.
inline constexpr std::int64_t kMaxQuantity = 1'000'000'000;

// Units of one SKU. 0 <= reserved <= on_hand <= kMaxQuantity.
struct StockLevel {
  std::int64_t on_hand = 0;
  std::int64_t reserved = 0;

  std::int64_t available() const { return on_hand - reserved; }
  friend bool operator==(const StockLevel&, const StockLevel&) = default;
};

// A SKU that isn't in it has never been stocked: 0 on hand.
using Stock = std::map<Sku, StockLevel>;

// What an order wants, one entry a SKU, each over 0.
using Quantities = std::map<Sku, std::int64_t>;

struct Demand {
  OrderId order;
  Quantities items = {};
};

struct Shortage {
  Sku sku;
  std::int64_t wanted = 0;
  std::int64_t available = 0;

  friend bool operator==(const Shortage&, const Shortage&) = default;
};

// Everything was reserved, or nothing was and `shortages` lists each SKU there is too little of.
struct Decision {
  OrderId order;
  std::vector<Shortage> shortages;

  bool reserved() const { return shortages.empty(); }
};

// One decision an order, in the order given: all of its items or none, out of what the earlier ones
// have left. Counts what it reserves in `stock`, and changes nothing else in it.
std::vector<Decision> Allocate(Stock& stock, absl::Span<const Demand> orders);

// Gives back what Allocate took. The items must be reserved in `stock`.
void GiveBack(Stock& stock, const Quantities& items);

// Sets the quantity on hand. kFailedPrecondition, reason BELOW_RESERVED: less than what is
// reserved.
absl::Status SetOnHand(const Sku& sku, StockLevel& level, std::int64_t on_hand);

}  // namespace waybill::inventory_svc
