// Checks, counts and repairs UTF-8 (RFC 3629) in text from outside, and makes it safe to show. All
// functions are pure and thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace waybill {

// How many bytes the character at text[at] has; 0 where no well-formed one begins (overlong forms,
// surrogates and anything past U+10FFFF are not). `at` must be inside.
std::size_t Utf8CharacterSize(std::string_view text, std::size_t at);

bool IsUtf8(std::string_view text);

// How many characters (Unicode code points) the text has; a byte that isn't part of a well-formed
// one counts as one.
std::size_t CountCharacters(std::string_view text);

// Whether the text's character of `size` bytes (Utf8CharacterSize) at text[at] acts on a display
// instead of being shown: a control character (general category Cc: C0, DEL and C1), a line or
// paragraph separator, or one that changes the direction of writing (Bidi_Control, UAX #9). Such
// characters can move a terminal's cursor, or show a text other than the one that is there
// (CVE-2021-42574).
bool IsUnseen(std::string_view text, std::size_t at, std::size_t size);

bool HasControl(std::string_view text);

// The text with every byte that isn't part of a well-formed character, and every NUL, replaced by
// U+FFFD: what PostgreSQL's text and jsonb can hold.
std::string ToStorableText(std::string_view text);

// The text with every unseen character written as \uXXXX and every byte that isn't part of a
// well-formed character as \xXX: one line that is safe on a terminal, whatever the bytes. A
// backslash stays as it is.
std::string ToVisibleText(std::string_view text);

}  // namespace waybill
