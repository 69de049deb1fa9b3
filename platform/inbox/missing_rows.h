// MissingRows is the status by which a BatchHandler names all events of a batch whose rows are
// missing.
#pragma once

#include <set>
#include <string>

#include "absl/status/status.h"

namespace waybill::inbox {

// Returns kNotFound for these event keys. There must be at least one, none with a line feed.
absl::Status MissingRows(const std::set<std::string>& keys);
// Returns the keys that MissingRows named; none for any other status.
std::set<std::string> MissingKeysOf(const absl::Status& status);

}  // namespace waybill::inbox
