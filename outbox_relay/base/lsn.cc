#include "outbox_relay/base/lsn.h"

#include "absl/strings/str_format.h"
#include "outbox_relay/base/parse_number.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {

std::string FormatLsn(Lsn lsn) { return absl::StrFormat("%X/%X", lsn >> 32, lsn & 0xFFFFFFFF); }

absl::StatusOr<Lsn> ParseLsn(std::string_view text) {
  const std::size_t slash = text.find('/');
  std::uint32_t high = 0;
  std::uint32_t low = 0;
  if (slash == std::string_view::npos || !ParseNumber(text.substr(0, slash), &high, 16) ||
      !ParseNumber(text.substr(slash + 1), &low, 16)) {
    return absl::InvalidArgumentError(StrCat("this is not an LSN: ", text));
  }
  return static_cast<Lsn>(high) << 32 | low;
}

}  // namespace waybill::outbox_relay
