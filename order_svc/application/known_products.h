// KnownProducts remembers the catalog as it was read last, so that most orders are priced without a
// query. It may be out of date: whoever writes a price has the database compare it
// (OrderStore::InsertAtPrices).
#pragma once

#include <map>
#include <optional>
#include <shared_mutex>

#include "order_svc/domain/product.h"

namespace waybill::order_svc {

// Thread-safe. Holds at most kMost products, about 30 MB.
class KnownProducts {
 public:
  static constexpr std::size_t kMost = 100'000;

  std::optional<Product> Find(const Sku& id) const;
  void Remember(const std::map<Sku, Product>& products);

 private:
  mutable std::shared_mutex mutex_;
  // Guarded by mutex_.
  std::map<Sku, Product> products_;
};

}  // namespace waybill::order_svc
