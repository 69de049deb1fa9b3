// NameOf and Parse convert an enum's values to and from their names in events, tables and logs.
//
//   enum class OrderState { kPlaced, kCancelled };
//   constexpr auto EnumNames(OrderState) {
//     return std::to_array<EnumName<OrderState>>(
//         {{OrderState::kPlaced, "PLACED"}, {OrderState::kCancelled, "CANCELLED"}});
//   }
//
//   NameOf(OrderState::kPlaced)     "PLACED"
//   Parse<OrderState>("PLACED")     OrderState::kPlaced
//
// EnumNames stands beside its enum, where argument-dependent lookup finds it.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/status/statusor.h"
#include "platform/types/strings.h"

namespace waybill {

template <typename E>
struct EnumName {
  E value;
  std::string_view name;
};

// Ends the process for a value that EnumNames leaves out, which is a bug.
template <typename E>
requires std::is_enum_v<E>
constexpr std::string_view NameOf(E value) {
  for (const EnumName<E>& entry : EnumNames(E{})) {
    if (entry.value == value) return entry.name;
  }
  std::abort();
}

// kInvalidArgument, with the known names, for any other text.
template <typename E>
requires std::is_enum_v<E> absl::StatusOr<E> Parse(std::string_view name) {
  std::string known;
  for (const EnumName<E>& entry : EnumNames(E{})) {
    if (entry.name == name) return entry.value;
    StrAppend(&known, known.empty() ? "" : ", ", entry.name);
  }
  return absl::InvalidArgumentError(StrCat("\"", name, "\" is none of ", known));
}

}  // namespace waybill
