// Rows holds the values of a statement's $rows (statement.h): many rows as one array per column.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "platform/postgres/array.h"
#include "platform/postgres/statement.h"

namespace waybill::postgres {

//   Rows rows(kSaveStock);
//   for (const auto& [sku, level] : stock) {
//     rows.Set("product_id", sku.value()).Set("on_hand", level.on_hand).Set("reserved", ...);
//   }
//   tx.ExecRows(kSaveStock, rows);
//
// A row is complete when each column has been set once; the order doesn't matter. Setting a column
// that the statement doesn't list, or leaving one out, throws std::logic_error: a bug that the
// first use shows. A plain value.
class Rows {
 public:
  explicit Rows(const Statement& statement);

  // Adds the column's value of the current row: any type that ArrayBuilder::Add takes. std::nullopt
  // and an empty optional are NULL. Text for a bytea column may hold any bytes.
  template <typename T>
  Rows& Set(std::string_view column, const T& value) {
    Values& values = Next(column);
    if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      if (values.is_bytes) {
        values.array.AddBytes(value);
        return *this;
      }
    }
    values.array.Add(value);
    return *this;
  }

  template <typename T>
  Rows& Set(std::string_view column, const std::optional<T>& value) {
    return value ? Set(column, *value) : Set(column, std::nullopt);
  }

  // How many rows were begun.
  std::size_t size() const;
  bool empty() const { return size() == 0; }

  // One parameter per column. Throws std::logic_error when the last row is not complete.
  std::vector<std::string> Parameters() const;

 private:
  struct Values {
    std::string_view name;
    bool is_bytes = false;
    std::size_t count = 0;
    ArrayBuilder array = {};
  };

  Values& Next(std::string_view column);

  const char* const statement_;
  std::vector<Values> columns_;
  // Where the next Set most likely belongs: rows are set in one order.
  std::size_t next_ = 0;
};

}  // namespace waybill::postgres
