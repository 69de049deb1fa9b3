// ArrayBuilder makes one parameter of many values: WHERE order_id = ANY($1::uuid[]). For whole rows
// see rows.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/time/time.h"
#include "platform/types/enum_names.h"
#include "platform/types/names.h"
#include "platform/types/uuid.h"

namespace waybill::postgres {

// Builds the text form of a one-dimensional PostgreSQL array ("{a,"b c",NULL}"), element by
// element.
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
  template <typename Rule>
  ArrayBuilder& Add(const CheckedText<Rule>& element) {
    return Add(element.value());
  }
  // The value's name (EnumNames).
  template <typename E>
  requires std::is_enum_v<E> ArrayBuilder& Add(E element) { return Add(NameOf(element)); }
  ArrayBuilder& Add(std::nullopt_t) { return AddNull(); }
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

// The array of a range of values, each as ArrayBuilder takes it.
template <typename Range>
std::string ArrayOf(const Range& values) {
  ArrayBuilder array;
  for (const auto& value : values) array.Add(value);
  return array.text();
}

}  // namespace waybill::postgres
