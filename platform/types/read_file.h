// Reads whole files.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace waybill {

// The content of a file, which may be empty. Blocks while it is read. kNotFound, "can't read PATH":
// there is no such file, or it can't be read.
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace waybill
