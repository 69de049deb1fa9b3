#include "bench/growth/table_sizes.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/support/process.h"

namespace waybill::bench {
namespace {

constexpr const char* kDatabases[] = {"orders", "payments", "inventory", "notifications",
                                      "sandbox"};

constexpr char kSizes[] = R"sql(
SELECT c.relname, CASE c.relkind
         WHEN 'p' THEN (SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)
                        FROM pg_inherits WHERE inhparent = c.oid)
         ELSE pg_total_relation_size(c.oid) END::bigint
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT c.relispartition AND c.relname NOT LIKE 'outbox_p%' AND c.relname <> 'schema_migrations'
ORDER BY 1)sql";

void Vacuum(test::TestDatabase& database) {
  const test::Finished run =
      test::RunToEnd({"/usr/bin/env", "psql", "-X", "-q", "-d", database.Conninfo("postgres"), "-c",
                      "VACUUM (ANALYZE)"},
                     {}, absl::Minutes(5));
  if (run.status != 0) throw std::runtime_error("VACUUM: " + run.output);
}

}  // namespace

void TableSizes::Measure(e2e::System& system, std::int64_t orders) {
  orders_.push_back(orders);
  for (const char* name : kDatabases) {
    test::TestDatabase& database = system.Db(name);
    Vacuum(database);
    for (const auto& row : database.QueryRows(kSizes)) {
      bytes_[std::string(name) + "." + row[0]].push_back(std::stoll(row[1]));
    }
  }
}

double TableSizes::GrowthPerOrder(const std::vector<std::int64_t>& bytes) const {
  const std::size_t from = 2 * bytes.size() / 3;
  const auto orders = static_cast<double>(orders_.back() - orders_[from]);
  return orders > 0 ? static_cast<double>(bytes.back() - bytes[from]) / orders : 0;
}

void TableSizes::PrintTable() const {
  const std::size_t samples = orders_.size();
  const std::size_t third = samples / 3, two_thirds = 2 * samples / 3;
  std::printf("\n%-32s %12s %12s %12s %16s\n", "table, in KiB at order",
              std::to_string(orders_[third]).c_str(), std::to_string(orders_[two_thirds]).c_str(),
              std::to_string(orders_.back()).c_str(), "then bytes/order");
  for (const auto& [table, bytes] : bytes_) {
    std::printf("%-32s %12.0f %12.0f %12.0f %16.0f\n", table.c_str(),
                static_cast<double>(bytes[third]) / 1024,
                static_cast<double>(bytes[two_thirds]) / 1024,
                static_cast<double>(bytes.back()) / 1024, GrowthPerOrder(bytes));
  }
}

void TableSizes::WriteJson(const std::string& path) const {
  nlohmann::ordered_json json = {
      {"name", "growth"}, {"orders", orders_}, {"tables", nlohmann::ordered_json::array()}};
  for (const auto& [table, bytes] : bytes_) {
    json["tables"].push_back(
        {{"table", table}, {"bytes", bytes}, {"bytes_per_order", GrowthPerOrder(bytes)}});
  }
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream file(path);
  file << json.dump(2) << "\n";
  if (!file.flush()) throw std::runtime_error("can't write " + path);
}

}  // namespace waybill::bench
