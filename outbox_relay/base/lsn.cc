#include "outbox_relay/base/lsn.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace waybill::outbox_relay {

std::string FormatLsn(Lsn lsn) { return absl::StrFormat("%X/%X", lsn >> 32, lsn & 0xFFFFFFFF); }

absl::StatusOr<Lsn> ParseLsn(std::string_view text) {
  const std::pair<std::string_view, std::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('/', 1));
  std::uint32_t high = 0;
  std::uint32_t low = 0;
  if (!absl::SimpleHexAtoi(parts.first, &high) || !absl::SimpleHexAtoi(parts.second, &low)) {
    return absl::InvalidArgumentError(absl::StrCat("not an LSN: ", text));
  }
  return static_cast<Lsn>(high) << 32 | low;
}

}  // namespace waybill::outbox_relay
