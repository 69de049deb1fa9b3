// Reads positions of the write-ahead log.
#pragma once

#include "absl/status/statusor.h"
#include "outbox_relay/base/lsn.h"
#include "outbox_relay/base/pg_connection.h"

namespace waybill::outbox_relay {

// The end of the log, behind everything that has been written, flushed or not. Errors are those of
// the connection.
absl::StatusOr<Lsn> InsertPosition(PgConnection& connection);

}  // namespace waybill::outbox_relay
