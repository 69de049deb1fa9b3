#include "platform/types/utf8.h"

#include <algorithm>

#include "absl/strings/str_format.h"

namespace waybill {
namespace {

// Of a well-formed character.
char32_t CodePointAt(std::string_view text, std::size_t at, std::size_t size) {
  constexpr unsigned char kFirstByteBits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  char32_t code = static_cast<unsigned char>(text[at]) & kFirstByteBits[size];
  for (std::size_t i = at + 1; i < at + size; ++i) {
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
  }
  return code;
}

bool IsControl(char32_t c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

bool IsSeparator(char32_t c) { return c == 0x2028 || c == 0x2029; }

bool IsBidiControl(char32_t c) {
  return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

}  // namespace

std::size_t Utf8CharacterSize(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + size > text.size()) return 0;
  const unsigned char second = byte(at + 1);
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
      (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) {
    return 0;
  }
  for (std::size_t i = at + 1; i < at + size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  return size;
}

bool IsUtf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = Utf8CharacterSize(text, i);
    if (size == 0) return false;
    i += size;
  }
  return true;
}

std::size_t CountCharacters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++count) {
    i += std::max<std::size_t>(1, Utf8CharacterSize(text, i));
  }
  return count;
}

bool IsUnseen(std::string_view text, std::size_t at, std::size_t size) {
  const char32_t c = CodePointAt(text, at, size);
  return IsControl(c) || IsSeparator(c) || IsBidiControl(c);
}

bool HasControl(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = Utf8CharacterSize(text, i);
    if (size != 0 && IsControl(CodePointAt(text, i, size))) return true;
    i += std::max<std::size_t>(1, size);
  }
  return false;
}

std::string ToStorableText(std::string_view text) {
  std::string storable;
  storable.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = Utf8CharacterSize(text, i);
    if (size == 0 || text[i] == '\0') {
      storable += "\xef\xbf\xbd";
      ++i;
    } else {
      storable.append(text, i, size);
      i += size;
    }
  }
  return storable;
}

std::string ToVisibleText(std::string_view text) {
  std::string visible;
  visible.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = Utf8CharacterSize(text, i);
    if (size == 0) {
      absl::StrAppendFormat(&visible, "\\x%02x", static_cast<unsigned char>(text[i]));
    } else if (IsUnseen(text, i, size)) {
      absl::StrAppendFormat(&visible, "\\u%04x", static_cast<unsigned>(CodePointAt(text, i, size)));
    } else {
      visible.append(text, i, size);
    }
    i += std::max<std::size_t>(1, size);
  }
  return visible;
}

}  // namespace waybill
