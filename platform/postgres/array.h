// Whole columns as one parameter, for statements that handle a batch: unnest($1::uuid[],
// $2::text[], ...).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "platform/types/uuid.h"

namespace waybill::postgres {

// Builds the text form of a one-dimensional PostgreSQL array ("{a,"b c",NULL}"), element by
// element.
//
//   ArrayBuilder ids, names;
//   for (const Line& line : lines) { ids.Add(line.order_id); names.Add(line.name); }
//   tx.Exec(kInsertLines, ids.text(), names.text());
//
// A plain value.
class ArrayBuilder {
 public:
  ArrayBuilder& Add(std::string_view element);
  ArrayBuilder& Add(const std::string& element) { return Add(std::string_view(element)); }
  ArrayBuilder& Add(const char* element) { return Add(std::string_view(element)); }
  ArrayBuilder& Add(std::int64_t element);
  ArrayBuilder& Add(int element) { return Add(static_cast<std::int64_t>(element)); }
  ArrayBuilder& Add(bool element);
  ArrayBuilder& Add(const Uuid& element);
  ArrayBuilder& Add(absl::Time element);
  template <typename Tag>
  ArrayBuilder& Add(const UuidId<Tag>& element) {
    return Add(element.uuid());
  }
  template <typename T>
  ArrayBuilder& Add(const std::optional<T>& element) {
    return element ? Add(*element) : AddNull();
  }
  ArrayBuilder& AddNull();
  // For a bytea[].
  ArrayBuilder& AddBytes(std::string_view bytes);

  // The array so far. The builder stays usable.
  std::string text() const { return text_ + '}'; }

 private:
  void Separate();

  std::string text_ = "{";
};

}  // namespace waybill::postgres
