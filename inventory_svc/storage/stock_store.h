// StockStore reads and writes the table stock, with the level of every SKU.
#pragma once

#include <optional>
#include <set>

#include "inventory_svc/domain/stock.h"

namespace waybill::postgres {
class Transaction;
}  // namespace waybill::postgres

namespace waybill::inventory_svc {

// Lives no longer than the transaction it borrows. Throws what libpqxx throws.
class StockStore {
 public:
  explicit StockStore(postgres::Transaction& tx) : tx_(tx) {}

  // Nothing for a SKU never stocked.
  std::optional<StockLevel> Find(const Sku& sku);
  // The levels of these SKUs, locked until the transaction ends, in sorted order so that two can't
  // deadlock; SKUs never stocked are not in the result.
  Stock Lock(const std::set<Sku>& skus);
  // The same, and SKUs never stocked are created with nothing on hand.
  Stock LockOrCreate(const std::set<Sku>& skus);
  // Writes those of the locked levels that have changed.
  void Save(const Stock& stock);

 private:
  postgres::Transaction& tx_;
};

}  // namespace waybill::inventory_svc
