#include "platform/auth/base64url.h"

#include "absl/strings/escaping.h"
#include "platform/types/strings.h"

namespace waybill::auth {

std::string ToBase64Url(std::string_view bytes) {
  std::string text = absl::WebSafeBase64Escape(ToAbsl(bytes));
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

std::optional<std::string> FromBase64Url(std::string_view text) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(ToAbsl(text), &bytes)) return std::nullopt;
  // abseil also takes padding, white space and stray bits.
  if (ToBase64Url(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace waybill::auth
