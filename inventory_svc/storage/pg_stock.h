// Stock levels in PostgreSQL: table stock.
#pragma once

#include <set>

#include "inventory_svc/application/ports.h"
#include "platform/postgres/transaction.h"

namespace waybill::inventory_svc {

// Borrows the transaction and lives no longer than it. Throws what libpqxx throws.
class PgStock final : public StockStore {
 public:
  explicit PgStock(postgres::Transaction& tx) : tx_(tx) {}

  Stock Find(const std::set<Sku>& skus) override;
  Stock Lock(const std::set<Sku>& skus) override;
  Stock LockOrCreate(const std::set<Sku>& skus) override;
  void Save(const Stock& stock) override;

 private:
  postgres::Transaction& tx_;
};

}  // namespace waybill::inventory_svc
