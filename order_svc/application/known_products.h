// KnownProducts caches products of the catalog, so that most orders are priced without a query. The
// cache may be out of date, so the statement that writes a price compares it with the catalog
// (OrderStore::InsertAtPrices).
#pragma once

#include <map>
#include <optional>
#include <shared_mutex>

#include "order_svc/domain/product.h"

namespace waybill::order_svc {

// Thread-safe. Holds at most kMost products, about 30 MB; when it is full, it starts empty again.
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
