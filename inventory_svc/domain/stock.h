// Stock holds the level of each SKU; Allocate reserves it. Plain values and pure functions: no
// clock, no database.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "platform/types/names.h"

namespace waybill::inventory_svc {

// No SKU has more on hand than this, and no order asks for more of one, so that sums can't
// overflow.
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

// The quantities that an order asks for, one entry per SKU, each over 0.
using Quantities = std::map<Sku, std::int64_t>;

struct Shortage {
  Sku sku;
  std::int64_t wanted = 0;
  std::int64_t available = 0;

  friend bool operator==(const Shortage&, const Shortage&) = default;
};

// Reserves all of the items in `stock`, or none; then returns each SKU of which too little is
// available. Changes nothing else in `stock`.
std::vector<Shortage> Allocate(Stock& stock, const Quantities& items);

// Releases what Allocate reserved. The items must be reserved in `stock`.
void GiveBack(Stock& stock, const Quantities& items);

// Takes units that Allocate reserved out of `stock`, on hand and reserved, because they were
// shipped. The items must be reserved in `stock`.
void TakeOut(Stock& stock, const Quantities& items);

// Sets the quantity on hand. kFailedPrecondition, reason BELOW_RESERVED: less than what is
// reserved.
absl::Status SetOnHand(const Sku& sku, StockLevel& level, std::int64_t on_hand);

}  // namespace waybill::inventory_svc
