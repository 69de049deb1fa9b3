// Connection strings as libpq reads them: keywords and values, or a URI.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"

namespace waybill::postgres {

// What libpq connects with, as {"host", "localhost"}.
using ConninfoKeywords = std::map<std::string, std::string>;

// libpq's own parsing. kInvalidArgument, with libpq's reason: it can't read the string.
absl::StatusOr<ConninfoKeywords> ParseConninfo(const std::string& conninfo);

// The keywords as a connection string.
std::string ConninfoOf(const ConninfoKeywords& keywords);

}  // namespace waybill::postgres
