// Checks, counts and repairs UTF-8 (RFC 3629) in text from outside, and escapes it for display. All
// functions are pure and thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace waybill {

// Returns how many bytes the character at text[at] has, 1 to 4; 0 if no well-formed character
// begins there (overlong forms, surrogates and values over U+10FFFF are not well-formed). `at` must
// be less than the text's size.
std::size_t Utf8CharacterSize(std::string_view text, std::size_t at);

bool IsUtf8(std::string_view text);

// Returns how many characters (Unicode code points) the text has; each byte that isn't part of a
// well-formed character counts as one.
std::size_t CountCharacters(std::string_view text);

// Whether the text's character of `size` bytes (Utf8CharacterSize) at text[at] acts on a display
// instead of being shown: a control character (general category Cc: C0, DEL and C1), a line or
// paragraph separator, or one that changes the direction of writing (Bidi_Control, UAX #9). Such
// characters can move a terminal's cursor, or show a text other than the one that is there
// (CVE-2021-42574).
bool IsUnseen(std::string_view text, std::size_t at, std::size_t size);

// Whether the text holds a control character (general category Cc).
bool HasControl(std::string_view text);

// The text with every byte that isn't part of a well-formed character, and every NUL, replaced by
// U+FFFD: what PostgreSQL's text and jsonb can hold.
std::string ToStorableText(std::string_view text);

// Returns the text with every unseen character (IsUnseen) escaped as \uXXXX, and every byte that
// isn't part of a well-formed character as \xXX: one line that is safe on a terminal. A backslash
// is not escaped, so the result can't be converted back.
std::string ToVisibleText(std::string_view text);

}  // namespace waybill
