#include "platform/postgres/rows.h"

#include <algorithm>
#include <stdexcept>

#include "platform/types/strings.h"

namespace waybill::postgres {

Rows::Rows(const Statement& statement) : statement_(statement.name) {
  for (const Column& column : ColumnsOf(statement)) {
    columns_.push_back({.name = column.name, .is_bytes = column.type == "bytea"});
  }
}

Rows::Values& Rows::Next(std::string_view column) {
  for (std::size_t tried = 0; tried < columns_.size(); ++tried) {
    Values& values = columns_[next_];
    next_ = (next_ + 1) % columns_.size();
    if (values.name == column) {
      ++values.count;
      return values;
    }
  }
  throw std::logic_error(StrCat("statement ", statement_, " has no column ", column));
}

std::size_t Rows::size() const {
  std::size_t rows = 0;
  for (const Values& values : columns_) rows = std::max(rows, values.count);
  return rows;
}

std::vector<std::string> Rows::Parameters() const {
  std::vector<std::string> parameters;
  parameters.reserve(columns_.size());
  for (const Values& values : columns_) {
    if (values.count != size()) {
      throw std::logic_error(StrCat("statement ", statement_, ": column ", values.name, " has ",
                                    values.count, " values for ", size(), " rows"));
    }
    parameters.push_back(values.array.text());
  }
  return parameters;
}

}  // namespace waybill::postgres
