#include "platform/postgres/result.h"

#include <cstring>
#include <stdexcept>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "platform/postgres/result_rows.h"
#include "platform/types/strings.h"

namespace waybill::postgres {
namespace internal {

void ThrowUnreadable(std::string_view column, std::string_view why) {
  throw std::runtime_error(StrCat("column ", column, " is not as expected: ", why));
}

std::int64_t Reader<std::int64_t>::Read(std::string_view column, std::string_view text) {
  std::int64_t value = 0;
  if (!absl::SimpleAtoi(ToAbsl(text), &value)) ThrowUnreadable(column, text);
  return value;
}

int Reader<int>::Read(std::string_view column, std::string_view text) {
  int value = 0;
  if (!absl::SimpleAtoi(ToAbsl(text), &value)) ThrowUnreadable(column, text);
  return value;
}

double Reader<double>::Read(std::string_view column, std::string_view text) {
  double value = 0;
  if (!absl::SimpleAtod(ToAbsl(text), &value)) ThrowUnreadable(column, text);
  return value;
}

bool Reader<bool>::Read(std::string_view column, std::string_view text) {
  if (text != "t" && text != "f") ThrowUnreadable(column, text);
  return text == "t";
}

Uuid Reader<Uuid>::Read(std::string_view column, std::string_view text) {
  const absl::StatusOr<Uuid> uuid = Uuid::Parse(text);
  if (!uuid.ok()) ThrowUnreadable(column, text);
  return *uuid;
}

absl::Time Reader<absl::Time>::Read(std::string_view column, std::string_view text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime("%Y-%m-%d %H:%M:%E*S%Ez", ToAbsl(text), &time, &error)) {
    ThrowUnreadable(column, text);
  }
  return time;
}

}  // namespace internal

std::optional<std::string_view> Row::Text(std::string_view column) const {
  const int columns = static_cast<int>(rows_.rows.columns());
  for (int tried = 0; tried < columns; ++tried) {
    const int candidate = next_column_;
    next_column_ = (next_column_ + 1) % columns;
    if (column != rows_.rows.column_name(candidate)) continue;
    const pqxx::field field = rows_.rows[static_cast<pqxx::result::size_type>(number_)]
                                        [static_cast<pqxx::row::size_type>(candidate)];
    if (field.is_null()) return std::nullopt;
    return std::string_view(field.c_str(), field.size());
  }
  internal::ThrowUnreadable(column, "there is none");
}

std::string Row::GetBytes(std::string_view column) const {
  const std::optional<std::string_view> text = Text(column);
  if (!text) return "";
  // bytea_output is hex (config.cc).
  if (!text->starts_with("\\x")) internal::ThrowUnreadable(column, "not bytea in hex");
  return absl::HexStringToBytes(ToAbsl(text->substr(2)));
}

Result::Result(std::shared_ptr<const ResultRows> rows)
    : rows_(std::move(rows)),
      size_(static_cast<std::size_t>(rows_->rows.size())),
      affected_rows_(static_cast<std::size_t>(rows_->rows.affected_rows())) {}

}  // namespace waybill::postgres
