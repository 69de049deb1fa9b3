// Product is what customers can order, with its price.
#pragma once

#include <string>

#include "platform/types/money.h"
#include "platform/types/names.h"

namespace waybill::order_svc {

// A plain value: one row of the catalog.
struct Product {
  Sku id;
  // 1 to kMaxProductName characters.
  std::string name;
  // A price that the payment provider can charge (platform/types/provider_amount.h).
  Money unit_price;

  friend bool operator==(const Product&, const Product&) = default;
};

inline constexpr int kMaxProductName = 200;

}  // namespace waybill::order_svc
