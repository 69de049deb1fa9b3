#include "platform/types/names.h"

#include <idn2.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "platform/types/strings.h"
#include "platform/types/utf8.h"

namespace waybill {
namespace {

constexpr std::size_t kMaxSku = 64;
constexpr std::size_t kMaxUserId = 64;
// RFC 5321 section 4.5.3.1, with the erratum 1690 for the whole address.
constexpr std::size_t kMaxAddress = 254;
constexpr std::size_t kMaxLocalPart = 64;
constexpr std::size_t kMaxDomain = 253;
constexpr std::size_t kMaxLabel = 63;

// Not std::isalnum, which goes by the locale.
bool IsAlnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool IsOneOf(char c, std::string_view characters) {
  return characters.find(c) != std::string_view::npos;
}

// atext of RFC 5322 section 3.2.3.
bool IsAtext(char c) { return IsAlnum(c) || IsOneOf(c, "!#$%&'*+-/=?^_`{|}~"); }

bool IsAtom(std::string_view atom) { return std::ranges::all_of(atom, IsAtext); }

bool IsLabel(std::string_view label) {
  return label.size() <= kMaxLabel && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return IsAlnum(c) || c == '-'; });
}

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
}

// Returns the domain with each non-ASCII label converted to its A-label (RFC 5891, with the mapping
// of UTS #46, non-transitional): "xn--mnchen-3ya.de"; "" if it has none. The caller must check the
// result, because the mapping converts some characters to ASCII ones, such as fullwidth signs.
std::string ToAsciiDomain(std::string_view domain) {
  if (IsAscii(domain)) return std::string(domain);
  // The library reads the string up to its first NUL.
  if (HasControl(domain) || !IsUtf8(domain)) return "";
  std::uint8_t* ascii = nullptr;
  const std::string unicode(domain);
  if (idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(unicode.c_str()), &ascii,
                     IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK) {
    return "";
  }
  const std::unique_ptr<std::uint8_t, decltype(&idn2_free)> owned(ascii, &idn2_free);
  return reinterpret_cast<const char*>(ascii);
}

// One or more parts with dots between them, none of them empty.
bool IsDotted(std::string_view text, const std::function<bool(std::string_view)>& is_part) {
  while (true) {
    const std::size_t dot = text.find('.');
    const std::string_view part = text.substr(0, dot);
    if (part.empty() || !is_part(part)) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

absl::StatusOr<std::string> ParseName(std::string_view text, std::size_t max_size,
                                      std::string_view more) {
  if (text.empty()) return absl::InvalidArgumentError("is required");
  if (text.size() > max_size) {
    return absl::InvalidArgumentError(StrCat("is longer than ", max_size, " characters"));
  }
  const auto allowed = [more](char c) {
    return IsAlnum(c) || IsOneOf(c, "._-") || IsOneOf(c, more);
  };
  if (!std::ranges::all_of(text, allowed)) {
    std::string also;
    for (const char c : more) StrAppend(&also, ", '", std::string(1, c), "'");
    return absl::InvalidArgumentError(
        StrCat("has a character other than letters, digits, '.', '_'", also, " and '-'"));
  }
  return std::string(text);
}

absl::StatusOr<std::string> SkuRule::Parse(std::string_view text) {
  return ParseName(text, kMaxSku);
}

absl::StatusOr<std::string> UserIdRule::Parse(std::string_view text) {
  return ParseName(text, kMaxUserId, "@|:+");
}

absl::StatusOr<std::string> EmailAddressRule::Parse(std::string_view text) {
  const absl::Status too_long =
      absl::InvalidArgumentError(StrCat("is longer than ", kMaxAddress, " characters"));
  if (text.empty()) return absl::InvalidArgumentError("is required: a mail address");
  if (CountCharacters(text) > kMaxAddress) return too_long;
  const std::size_t at = text.rfind('@');
  const std::string_view local_part = text.substr(0, at);
  if (at != std::string_view::npos && !IsAscii(local_part)) {
    return absl::InvalidArgumentError(
        "has a local part (before the @) with non-ASCII characters, which is not supported");
  }
  const std::string domain = at == std::string_view::npos ? "" : ToAsciiDomain(text.substr(at + 1));
  if (local_part.size() > kMaxLocalPart || domain.size() > kMaxDomain ||
      !IsDotted(local_part, IsAtom) || !IsDotted(domain, IsLabel)) {
    return absl::InvalidArgumentError("is not a mail address of the form local-part@domain");
  }
  std::string address = StrCat(local_part, "@", domain);
  if (address.size() > kMaxAddress) return too_long;
  return address;
}

std::string DomainOf(const EmailAddress& address) {
  return address.value().substr(address.value().rfind('@') + 1);
}

}  // namespace waybill
