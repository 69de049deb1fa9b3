// RowReader reads one parked row from the outbox table again.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "outbox_relay/base/record.h"
#include "outbox_relay/config.h"
#include "outbox_relay/parking/parked_row.h"

namespace waybill::outbox_relay {

// Calls `use` with the row's record, which is valid until `use` returns, and returns what it does.
// Has a connection of its own for the time of the call; blocks for 10 s at most, besides `use`.
// FailedPrecondition if the source has no column to find the row by, NotFound if no row of that name
// has the parked row's content, or else what PostgreSQL says.
absl::Status ReadRowAgain(const SourceConfig& source, const ParkedRow& row,
                          const std::function<absl::Status(const Record&)>& use);

}  // namespace waybill::outbox_relay
