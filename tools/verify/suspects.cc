#include "tools/verify/suspects.h"

#include <algorithm>
#include <limits>

#include "platform/types/strings.h"

namespace waybill::verify {

Suspects SuspectsOf(const std::vector<Violation>& violations) {
  Suspects suspects;
  for (const Violation& violation : violations) {
    const absl::StatusOr<Uuid> order = Uuid::Parse(violation.order_id);
    if (order.ok()) suspects.orders.insert(*order);
    std::string_view event = violation.subject;
    if (!event.starts_with(kEventSubject)) continue;
    event.remove_prefix(kEventSubject.size());
    if (const absl::StatusOr<Uuid> id = Uuid::Parse(event); id.ok()) suspects.events.insert(*id);
  }
  return suspects;
}

Micros EarliestOf(const Suspects& suspects) {
  Micros earliest = std::numeric_limits<Micros>::max();
  for (const auto* ids : {&suspects.orders, &suspects.events}) {
    for (const Uuid& id : *ids) earliest = std::min(earliest, MintedAt(id).value_or(0));
  }
  return earliest;
}

std::string IsAmong(const std::string& column, const std::set<Uuid>& ids, const char* type) {
  std::string condition = StrCat(column, " = ANY ('{");
  for (const Uuid& id : ids) {
    if (condition.back() != '{') condition += ',';
    condition += id.ToString();
  }
  return StrCat(condition, "}'::", type, "[])");
}

}  // namespace waybill::verify
