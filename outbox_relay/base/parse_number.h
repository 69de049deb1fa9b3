// Parses the numbers in PostgreSQL's text results.
#pragma once

#include <charconv>
#include <string_view>

namespace waybill::outbox_relay {

// True if all of `text` is a number that fits.
template <typename Number>
bool ParseNumber(std::string_view text, Number* number, int base = 10) {
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, *number, base);
  return parsed.ec == std::errc() && parsed.ptr == end && !text.empty();
}

}  // namespace waybill::outbox_relay
