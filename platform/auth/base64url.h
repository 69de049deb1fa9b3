// base64url without padding (RFC 4648 section 5), as tokens and key sets use it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace waybill::auth {

// The bytes; nullopt for what isn't base64url in its one canonical form: with padding, white space,
// another alphabet or stray bits at the end, so that no two texts mean the same bytes. Pure.
std::optional<std::string> FromBase64Url(std::string_view text);

// The text of the bytes. Pure.
std::string ToBase64Url(std::string_view bytes);

}  // namespace waybill::auth
