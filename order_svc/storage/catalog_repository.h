// CatalogStore over the table products.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "order_svc/application/ports.h"
#include "platform/postgres/transaction.h"

namespace waybill::order_svc {

// Lives as long as the transaction it is given. Throws what libpqxx throws.
class CatalogRepository final : public CatalogStore {
 public:
  explicit CatalogRepository(postgres::Transaction& tx) : tx_(tx) {}

  std::map<Sku, Product> Find(absl::Span<const Sku> ids) override;
  std::vector<Product> List(std::optional<Sku> after, int limit) override;
  void Upsert(const Product& product) override;

 private:
  postgres::Transaction& tx_;
};

}  // namespace waybill::order_svc
