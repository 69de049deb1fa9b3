// Reads the times that an operator types.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace waybill {

// RFC 3339 ("2026-01-31T12:00:00Z"), of the years 1 to 9999, or so long before `now`: a whole
// number of seconds, minutes, hours or days ("90s", "30m", "2h", "7d"). InvalidArgument.
absl::StatusOr<absl::Time> ParseOperatorTime(std::string_view text, absl::Time now);

}  // namespace waybill
