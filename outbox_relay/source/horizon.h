// Horizon: once the log is confirmed up to its position, every transaction below its xmin is published.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "outbox_relay/base/lsn.h"
#include "outbox_relay/base/oid_map.h"
#include "outbox_relay/base/pg_connection.h"

namespace waybill::outbox_relay {

// Once this position is confirmed, every transaction below `xmin` is published.
struct Horizon {
  std::uint64_t xmin = 0;
  Lsn position = 0;
  // The outbox's partitions, as they were when the horizon was taken.
  OidMap partitions;
};

// Asks the server for the horizon of this moment. Blocks for two queries. Errors: those of the
// connection; kInternal when the answer is not a number.
absl::StatusOr<Horizon> TakeHorizon(PgConnection& control, const OidMap& partitions);

}  // namespace waybill::outbox_relay
