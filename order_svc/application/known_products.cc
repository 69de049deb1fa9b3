#include "order_svc/application/known_products.h"

#include <mutex>

namespace waybill::order_svc {

std::optional<Product> KnownProducts::Find(const Sku& id) const {
  const std::shared_lock lock(mutex_);
  const auto found = products_.find(id);
  return found == products_.end() ? std::nullopt : std::optional(found->second);
}

void KnownProducts::Remember(const std::map<Sku, Product>& products) {
  const std::unique_lock lock(mutex_);
  // The next orders fill the cache again.
  if (products_.size() + products.size() > kMost) products_.clear();
  for (const auto& [id, product] : products) products_.insert_or_assign(id, product);
}

}  // namespace waybill::order_svc
