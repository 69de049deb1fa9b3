// Counts texts in logs.
#pragma once

#include <string>
#include <string_view>

namespace waybill::test {

// How often `what`, which isn't empty, is in the text, overlapping ones too.
inline int Occurrences(std::string_view what, std::string_view text) {
  int times = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; ++at) ++times;
  return times;
}

}  // namespace waybill::test
