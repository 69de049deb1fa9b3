// What can be ordered, and for how much.
#pragma once

#include <string>

#include "platform/types/ids.h"
#include "platform/types/money.h"

namespace waybill::order_svc {

// A plain value: one row of the catalog.
struct Product {
  Sku id;
  // 1 to kMaxProductName bytes.
  std::string name;
  // 1 to kMaxMinorUnits.
  Money unit_price;

  friend bool operator==(const Product&, const Product&) = default;
};

inline constexpr int kMaxProductId = 64;
inline constexpr int kMaxProductName = 200;

}  // namespace waybill::order_svc
