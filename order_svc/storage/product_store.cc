#include "order_svc/storage/product_store.h"

#include "platform/postgres/transaction.h"

namespace waybill::order_svc {
namespace {

using postgres::Row;
using postgres::Statement;

constexpr Statement kFind{"products_find", R"sql(
    SELECT product_id, name, unit_price_minor, currency FROM products
    WHERE product_id = ANY($1::text[]))sql"};

constexpr Statement kList{"products_list", R"sql(
    SELECT product_id, name, unit_price_minor, currency FROM products
    WHERE product_id > $1::text ORDER BY product_id LIMIT $2::integer)sql"};

constexpr Statement kUpsert{"products_upsert", R"sql(
    INSERT INTO products (product_id, name, unit_price_minor, currency)
    VALUES ($1::text, $2::text, $3::bigint, $4::text)
    ON CONFLICT (product_id) DO UPDATE
    SET name = EXCLUDED.name, unit_price_minor = EXCLUDED.unit_price_minor,
        currency = EXCLUDED.currency, updated_at = now())sql"};

Product ProductIn(const Row& row) {
  return {.id = row.Get<Sku>("product_id"),
          .name = row.Get<std::string>("name"),
          .unit_price = {row.Get<std::int64_t>("unit_price_minor"), row.Get<Currency>("currency")}};
}

}  // namespace

std::map<Sku, Product> ProductStore::Find(absl::Span<const Sku> ids) {
  std::map<Sku, Product> found;
  for (const Row row : tx_.Exec(kFind, postgres::ArrayOf(ids))) {
    Product product = ProductIn(row);
    found.emplace(product.id, std::move(product));
  }
  return found;
}

std::vector<Product> ProductStore::List(std::optional<Sku> after, int limit) {
  std::vector<Product> products;
  for (const Row row : tx_.Exec(kList, after ? after->value() : "", limit)) {
    products.push_back(ProductIn(row));
  }
  return products;
}

void ProductStore::Upsert(const Product& product) {
  tx_.Exec(kUpsert, product.id, product.name, product.unit_price.minor_units,
           product.unit_price.currency);
}

}  // namespace waybill::order_svc
