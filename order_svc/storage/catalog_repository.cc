#include "order_svc/storage/catalog_repository.h"

#include "platform/postgres/array.h"

namespace waybill::order_svc {
namespace {

using postgres::Statement;

constexpr Statement kFind{"products_find",
                          "SELECT product_id, name, unit_price_minor, currency FROM products "
                          "WHERE product_id = ANY($1::text[])"};

constexpr Statement kList{"products_list",
                          "SELECT product_id, name, unit_price_minor, currency FROM products "
                          "WHERE product_id > $1::text ORDER BY product_id LIMIT $2::integer"};

constexpr Statement kUpsert{"products_upsert",
                            "INSERT INTO products (product_id, name, unit_price_minor, currency) "
                            "VALUES ($1::text, $2::text, $3::bigint, $4::text) "
                            "ON CONFLICT (product_id) DO UPDATE SET name = EXCLUDED.name,"
                            " unit_price_minor = EXCLUDED.unit_price_minor, currency = "
                            "EXCLUDED.currency, updated_at = now()"};

Product ProductIn(const pqxx::row& row) {
  return {.id = Sku(row[0].c_str()),
          .name = row[1].c_str(),
          .unit_price = {row[2].as<std::int64_t>(), row[3].c_str()}};
}

}  // namespace

std::map<Sku, Product> CatalogRepository::Find(absl::Span<const Sku> ids) {
  postgres::ArrayBuilder wanted;
  for (const Sku& id : ids) wanted.Add(id.value());
  std::map<Sku, Product> found;
  for (const auto& row : tx_.Exec(kFind, wanted.text())) {
    Product product = ProductIn(row);
    found.emplace(product.id, std::move(product));
  }
  return found;
}

std::vector<Product> CatalogRepository::List(std::optional<Sku> after, int limit) {
  std::vector<Product> products;
  for (const auto& row : tx_.Exec(kList, after ? after->value() : std::string(), limit)) {
    products.push_back(ProductIn(row));
  }
  return products;
}

void CatalogRepository::Upsert(const Product& product) {
  tx_.Exec(kUpsert, product.id.value(), product.name, product.unit_price.minor_units,
           product.unit_price.currency);
}

}  // namespace waybill::order_svc
