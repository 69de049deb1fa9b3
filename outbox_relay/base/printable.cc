#include "outbox_relay/base/printable.h"

#include <cstdint>

#include "outbox_relay/base/parse_number.h"
#include "platform/types/strings.h"
#include "platform/types/utf8.h"

namespace waybill::outbox_relay {
namespace {

constexpr std::size_t kExcerptBytes = 200;

// `character` is one well-formed UTF-8 character.
std::uint32_t CodePoint(std::string_view character) {
  const auto byte = [character](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0);
  std::uint32_t code = byte(0) & (0x7fU >> character.size());
  for (std::size_t i = 1; i < character.size(); ++i) code = code << 6 | (byte(i) & 0x3fU);
  return code;
}

bool IsIn(std::uint32_t code, std::uint32_t first, std::uint32_t last) {
  return code >= first && code <= last;
}

// The controls, and what Unicode calls format characters: marks and embeddings of a direction, line
// separators, joiners, tags.
bool IsHarmless(std::uint32_t code) {
  return !(code < 0x20 || IsIn(code, 0x7f, 0x9f) || code == 0xad || code == 0x61c ||
           code == 0x180e || IsIn(code, 0x200b, 0x200f) || IsIn(code, 0x2028, 0x202e) ||
           IsIn(code, 0x2060, 0x206f) || code == 0xfeff || IsIn(code, 0xfff9, 0xfffb) ||
           IsIn(code, 0xe0000, 0xe007f));
}

void AppendEscaped(std::string* out, std::string_view bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    *out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
  }
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string printable;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = Utf8CharacterSize(text, i);
    const std::string_view character = text.substr(i, size == 0 ? 1 : size);
    i += character.size();
    if (character == "\\") {
      printable += "\\\\";
    } else if (size > 0 && IsHarmless(CodePoint(character))) {
      printable += character;
    } else {
      AppendEscaped(&printable, character);
    }
  }
  return printable;
}

std::string Excerpt(std::string_view text) {
  if (text.size() <= kExcerptBytes) return Printable(text);
  return StrCat(Printable(text.substr(0, kExcerptBytes)), "... (", text.size(), " bytes)");
}

std::optional<std::string> FromPrintable(std::string_view printable) {
  std::string text;
  for (std::size_t i = 0; i < printable.size();) {
    unsigned char byte = 0;
    if (printable[i] != '\\') {
      text += printable[i++];
    } else if (printable.substr(i, 2) == "\\\\") {
      text += '\\';
      i += 2;
    } else if (printable.substr(i, 2) == "\\x" && printable.size() >= i + 4 &&
               ParseNumber(printable.substr(i + 2, 2), &byte, 16)) {
      text += static_cast<char>(byte);
      i += 4;
    } else {
      return std::nullopt;
    }
  }
  return text;
}

}  // namespace waybill::outbox_relay
