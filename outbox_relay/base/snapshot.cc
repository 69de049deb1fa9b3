#include "outbox_relay/base/snapshot.h"

#include <algorithm>

#include "absl/strings/str_split.h"
#include "outbox_relay/base/parse_number.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {

absl::StatusOr<Snapshot> Snapshot::Parse(std::string_view text) {
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(text), ':');
  Snapshot snapshot;
  bool valid = parts.size() == 3 && ParseNumber(parts[0], &snapshot.xmin) &&
               ParseNumber(parts[1], &snapshot.xmax);
  if (valid && !parts[2].empty()) {
    const std::vector<std::string> xids = absl::StrSplit(parts[2], ',');
    for (const std::string& xid : xids) {
      valid = valid && ParseNumber(xid, &snapshot.running.emplace_back());
    }
  }
  if (!valid) return absl::InvalidArgumentError(StrCat("this is not a snapshot: ", text));
  return snapshot;
}

bool Snapshot::Saw(std::uint32_t xid) const {
  const auto distance = static_cast<std::int32_t>(xid - static_cast<std::uint32_t>(xmax));
  const std::uint64_t full = xmax + static_cast<std::uint64_t>(std::int64_t{distance});
  if (full >= xmax) return false;
  return full < xmin || !std::binary_search(running.begin(), running.end(), full);
}

}  // namespace waybill::outbox_relay
