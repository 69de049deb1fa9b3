// An LSN is a position in PostgreSQL's write-ahead log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace waybill::outbox_relay {

// A byte position; 0 is "none".
using Lsn = std::uint64_t;

// As PostgreSQL writes it: "16/B374D848".
std::string FormatLsn(Lsn lsn);
// InvalidArgument for anything else.
absl::StatusOr<Lsn> ParseLsn(std::string_view text);

}  // namespace waybill::outbox_relay
