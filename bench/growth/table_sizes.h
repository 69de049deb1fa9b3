// How many bytes each table has, with its indexes, over time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/e2e/system.h"

namespace waybill::bench {

class TableSizes {
 public:
  // Vacuums, as autovacuum does once a minute, and measures every table of every database, when so many
  // orders were placed. Blocks for a second or so; throws std::runtime_error.
  void Measure(e2e::System& system, std::int64_t orders);

  // One line per table with its bytes after a third, two thirds and all of the samples, and by how much
  // it has grown per order over the last third.
  void PrintTable() const;
  // Writes {"name":"growth", "orders":[…], "tables":[{"table", "bytes":[…], "bytes_per_order"}]}, one
  // number per sample; throws std::runtime_error if the file can't be written.
  void WriteJson(const std::string& path) const;

 private:
  double GrowthPerOrder(const std::vector<std::int64_t>& bytes) const;

  std::vector<std::int64_t> orders_;
  // By "database.table".
  std::map<std::string, std::vector<std::int64_t>> bytes_;
};

}  // namespace waybill::bench
