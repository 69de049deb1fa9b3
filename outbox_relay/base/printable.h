// Makes text from outside safe to print: a terminal obeys control characters, and shows text in
// another order than it has.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace waybill::outbox_relay {

// Control, formatting and bidirectional characters, and bytes that are no UTF-8, as \xHH per byte,
// and a backslash as two. Everything else stays as it is.
std::string Printable(std::string_view text);
// Printable, but only the first 200 bytes and their number where there are more.
std::string Excerpt(std::string_view text);
// The text of which Printable made this; nullopt for a backslash that begins neither \xHH nor \\.
std::optional<std::string> FromPrintable(std::string_view printable);

}  // namespace waybill::outbox_relay
