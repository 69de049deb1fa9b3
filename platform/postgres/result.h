// Result holds the rows that a statement returned; their columns are read by name.
//
//   for (const Row& row : tx.Exec(kLockStock, ArrayOf(skus))) {
//     stock[row.Get<Sku>("product_id")] = {.on_hand = row.Get<std::int64_t>("on_hand"), ...};
//   }
//
// A column that isn't there, a NULL where a value is required, and a text that isn't of its type
// throw std::runtime_error: the schema is another one than the program was written for. The rule of
// a CheckedText is not checked again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/time/time.h"
#include "platform/types/enum_names.h"
#include "platform/types/ids.h"
#include "platform/types/names.h"
#include "platform/types/uuid.h"

namespace waybill::postgres {

class ResultRows;

namespace internal {

[[noreturn]] void ThrowUnreadable(std::string_view column, std::string_view why);

// PostgreSQL's text of a value, read as each type that a column can have.
template <typename T>
struct Reader;
template <>
struct Reader<std::string> {
  static std::string Read(std::string_view, std::string_view text) { return std::string(text); }
};
template <>
struct Reader<std::int64_t> {
  static std::int64_t Read(std::string_view column, std::string_view text);
};
template <>
struct Reader<int> {
  static int Read(std::string_view column, std::string_view text);
};
template <>
struct Reader<double> {
  static double Read(std::string_view column, std::string_view text);
};
template <>
struct Reader<bool> {
  static bool Read(std::string_view column, std::string_view text);
};
template <>
struct Reader<Uuid> {
  static Uuid Read(std::string_view column, std::string_view text);
};
// timestamptz, to the microsecond. The session's time zone is UTC (config.cc).
template <>
struct Reader<absl::Time> {
  static absl::Time Read(std::string_view column, std::string_view text);
};
template <typename Tag>
struct Reader<UuidId<Tag>> {
  static UuidId<Tag> Read(std::string_view column, std::string_view text) {
    return UuidId<Tag>(Reader<Uuid>::Read(column, text));
  }
};
// It was parsed before it was stored, and is not checked again.
template <typename Rule>
struct Reader<CheckedText<Rule>> {
  static CheckedText<Rule> Read(std::string_view, std::string_view text) {
    return CheckedText<Rule>(std::string(text));
  }
};
template <typename E>
requires std::is_enum_v<E>
struct Reader<E> {
  static E Read(std::string_view column, std::string_view text) {
    const absl::StatusOr<E> value = Parse<E>(text);
    if (!value.ok()) ThrowUnreadable(column, ToStd(value.status().message()));
    return *value;
  }
};

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

}  // namespace internal

// One row; lives as long as the Result it is of. One thread.
class Row {
 public:
  Row(const ResultRows& rows, std::size_t number) : rows_(rows), number_(number) {}

  bool IsNull(std::string_view column) const { return !Text(column).has_value(); }

  // T: std::string, int, std::int64_t, double, bool, absl::Time, Uuid, an id, a name, an enum with
  // EnumNames; or std::optional of one of them, for a column that may be NULL.
  template <typename T>
  T Get(std::string_view column) const {
    const std::optional<std::string_view> text = Text(column);
    if constexpr (internal::IsOptional<T>::value) {
      if (!text) return std::nullopt;
      return internal::Reader<typename T::value_type>::Read(column, *text);
    } else {
      if (!text) internal::ThrowUnreadable(column, "NULL");
      return internal::Reader<T>::Read(column, *text);
    }
  }
  // The bytes of a bytea column; "" for NULL.
  std::string GetBytes(std::string_view column) const;

 private:
  // Nothing for NULL.
  std::optional<std::string_view> Text(std::string_view column) const;

  const ResultRows& rows_;
  const std::size_t number_;
  // Columns are mostly read in the order of the statement.
  mutable int next_column_ = 0;
};

// A plain value that shares its rows when copied.
class Result {
 public:
  explicit Result(std::shared_ptr<const ResultRows> rows);

  class Iterator {
   public:
    Iterator(const ResultRows& rows, std::size_t number) : rows_(rows), number_(number) {}
    Row operator*() const { return Row(rows_, number_); }
    Iterator& operator++() {
      ++number_;
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.number_ == b.number_; }

   private:
    const ResultRows& rows_;
    std::size_t number_;
  };

  Iterator begin() const { return {*rows_, 0}; }
  Iterator end() const { return {*rows_, size_}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // There must be one.
  Row front() const { return Row(*rows_, 0); }
  // How many rows an INSERT, UPDATE or DELETE has changed.
  std::size_t affected_rows() const { return affected_rows_; }

 private:
  std::shared_ptr<const ResultRows> rows_;
  std::size_t size_ = 0;
  std::size_t affected_rows_ = 0;
};

}  // namespace waybill::postgres
