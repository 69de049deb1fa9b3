// ProductStore reads and writes the table products, which is the catalog.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "order_svc/domain/product.h"

namespace waybill::postgres {
class Transaction;
}  // namespace waybill::postgres

namespace waybill::order_svc {

// Lives no longer than the transaction it borrows. Throws what libpqxx throws.
class ProductStore {
 public:
  explicit ProductStore(postgres::Transaction& tx) : tx_(tx) {}

  std::map<Sku, Product> Find(absl::Span<const Sku> ids);
  // By id, ascending, those after `after` where it is given.
  std::vector<Product> List(std::optional<Sku> after, int limit);
  void Upsert(const Product& product);

 private:
  postgres::Transaction& tx_;
};

}  // namespace waybill::order_svc
