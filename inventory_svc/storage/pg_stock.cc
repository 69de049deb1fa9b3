#include "inventory_svc/storage/pg_stock.h"

#include <string>

#include "platform/postgres/array.h"

namespace waybill::inventory_svc {
namespace {

using postgres::ArrayBuilder;
using postgres::Statement;

constexpr Statement kFind{
    "stock_find",
    "SELECT product_id, on_hand, reserved FROM stock WHERE product_id = ANY($1::text[])"};

constexpr Statement kLock{
    "stock_lock",
    "SELECT product_id, on_hand, reserved FROM stock WHERE product_id = ANY($1::text[]) "
    "ORDER BY product_id FOR UPDATE"};

constexpr Statement kCreateMissing{"stock_create_missing",
                                   "INSERT INTO stock (product_id, on_hand) SELECT id, 0 FROM "
                                   "unnest($1::text[]) AS id ORDER BY id "
                                   "ON CONFLICT (product_id) DO NOTHING"};

constexpr Statement kSave{
    "stock_save",
    "UPDATE stock s SET on_hand = u.on_hand, reserved = u.reserved "
    "FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS u(product_id, on_hand, reserved) "
    "WHERE s.product_id = u.product_id"};

std::string ArrayOf(const std::set<Sku>& skus) {
  ArrayBuilder array;
  for (const Sku& sku : skus) array.Add(sku.value());
  return array.text();
}

Stock StockOf(const pqxx::result& rows) {
  Stock stock;
  for (const pqxx::row& row : rows) {
    stock[Sku(row[0].c_str())] = {.on_hand = row[1].as<std::int64_t>(),
                                  .reserved = row[2].as<std::int64_t>()};
  }
  return stock;
}

}  // namespace

Stock PgStock::Find(const std::set<Sku>& skus) { return StockOf(tx_.Exec(kFind, ArrayOf(skus))); }

Stock PgStock::Lock(const std::set<Sku>& skus) {
  if (skus.empty()) return {};
  return StockOf(tx_.Exec(kLock, ArrayOf(skus)));
}

Stock PgStock::LockOrCreate(const std::set<Sku>& skus) {
  if (skus.empty()) return {};
  tx_.Exec(kCreateMissing, ArrayOf(skus));
  return Lock(skus);
}

void PgStock::Save(const Stock& stock) {
  if (stock.empty()) return;
  ArrayBuilder skus, on_hand, reserved;
  for (const auto& [sku, level] : stock) {
    skus.Add(sku.value());
    on_hand.Add(level.on_hand);
    reserved.Add(level.reserved);
  }
  tx_.Exec(kSave, skus.text(), on_hand.text(), reserved.text());
}

}  // namespace waybill::inventory_svc
