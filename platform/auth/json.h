// What key sets and tokens need of JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace waybill::auth {

// A discarded value for what isn't JSON. Doesn't recurse, however deep the text nests.
inline nlohmann::json ParseJson(std::string_view text) {
  return nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
}

// The object's member, or "" when it has none of that name, or one that isn't a string.
inline std::string TextOf(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace waybill::auth
