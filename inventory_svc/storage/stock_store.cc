#include "inventory_svc/storage/stock_store.h"

#include "platform/postgres/transaction.h"

namespace waybill::inventory_svc {
namespace {

using postgres::ArrayOf;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;

constexpr char kColumns[] = "product_id text, on_hand bigint, reserved bigint";

constexpr Statement kFind{"stock_find", R"sql(
    SELECT on_hand, reserved FROM stock WHERE product_id = $1::text)sql"};

constexpr Statement kLock{"stock_lock",
                          R"sql(
    SELECT $columns FROM stock WHERE product_id = ANY($1::text[])
    ORDER BY product_id FOR UPDATE)sql",
                          {kColumns}};

constexpr Statement kCreateMissing{"stock_create_missing", R"sql(
    INSERT INTO stock (product_id, on_hand)
    SELECT id, 0 FROM unnest($1::text[]) AS id ORDER BY id
    ON CONFLICT (product_id) DO NOTHING)sql"};

constexpr Statement kUpdate{"stock_save",
                            R"sql(
    UPDATE stock SET $set FROM $rows
    WHERE stock.product_id = rows.product_id
      AND (stock.on_hand, stock.reserved) <> (rows.on_hand, rows.reserved))sql",
                            {kColumns}};

StockLevel LevelIn(const Row& row) {
  return {.on_hand = row.Get<std::int64_t>("on_hand"),
          .reserved = row.Get<std::int64_t>("reserved")};
}

}  // namespace

std::optional<StockLevel> StockStore::Find(const Sku& sku) {
  const postgres::Result rows = tx_.Exec(kFind, sku);
  if (rows.empty()) return std::nullopt;
  return LevelIn(rows.front());
}

Stock StockStore::Lock(const std::set<Sku>& skus) {
  Stock stock;
  if (skus.empty()) return stock;
  for (const Row row : tx_.Exec(kLock, ArrayOf(skus))) {
    stock.emplace(row.Get<Sku>("product_id"), LevelIn(row));
  }
  return stock;
}

Stock StockStore::LockOrCreate(const std::set<Sku>& skus) {
  if (!skus.empty()) tx_.Exec(kCreateMissing, ArrayOf(skus));
  return Lock(skus);
}

void StockStore::Save(const Stock& stock) {
  if (stock.empty()) return;
  Rows rows(kUpdate);
  for (const auto& [sku, level] : stock) {
    rows.Set("product_id", sku).Set("on_hand", level.on_hand).Set("reserved", level.reserved);
  }
  tx_.Write(kUpdate, rows);
}

}  // namespace waybill::inventory_svc
