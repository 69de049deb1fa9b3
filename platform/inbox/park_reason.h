// ParkReason says why an event is parked.
#pragma once

#include <array>

#include "platform/types/enum_names.h"

namespace waybill::inbox {

// kInvalid: it can't be processed as it is. kMissing: a row that it refers to has not come.
// kBehind: an earlier event of its key is parked.
enum class ParkReason { kInvalid, kMissing, kBehind };

// As the column `reason` and the metrics' label have them.
constexpr auto EnumNames(ParkReason) {
  return std::to_array<EnumName<ParkReason>>({{ParkReason::kInvalid, "INVALID"},
                                              {ParkReason::kMissing, "MISSING"},
                                              {ParkReason::kBehind, "BEHIND"}});
}

}  // namespace waybill::inbox
