#include "outbox_relay/base/oid_map.h"

#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "outbox_relay/base/parse_number.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {

OidMap ParseOidMap(std::string_view text) {
  OidMap oids;
  for (const absl::string_view part : absl::StrSplit(ToAbsl(text), ',')) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(part, ':');
    std::uint32_t key = 0;
    std::uint32_t value = 0;
    if (ParseNumber(pair.first, &key) && ParseNumber(pair.second, &value)) oids[key] = value;
  }
  return oids;
}

std::string FormatOidMap(const OidMap& oids) {
  return absl::StrJoin(oids, ",", absl::PairFormatter(":"));
}

}  // namespace waybill::outbox_relay
