// Checks and repairs UTF-8 (RFC 3629) in text from outside, for places that take valid text only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace waybill {

// How many bytes the character at text[at] has; 0 where no well-formed one begins (overlong forms,
// surrogates and anything past U+10FFFF are not). `at` must be inside.
std::size_t Utf8CharacterSize(std::string_view text, std::size_t at);

bool IsUtf8(std::string_view text);

// The text with every byte that isn't part of a well-formed character, and every NUL, replaced by
// U+FFFD: what PostgreSQL's text and jsonb can hold.
std::string ToStorableText(std::string_view text);

}  // namespace waybill
