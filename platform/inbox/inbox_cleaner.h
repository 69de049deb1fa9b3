// Deletes inbox rows that no redelivery can need any more.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/executor/periodic_worker.h"
#include "platform/postgres/pool.h"

namespace waybill::inbox {

// Deletes up to a bounded number of rows received longer than `retention` ago; kMoreWork while
// there may be more. By the event's own time (the id is a UUIDv7) along the primary key, so that it
// needs no other index; an id that isn't a UUIDv7 may stay for ever, which is safe. Blocks for
// about 20 s at most.
absl::StatusOr<RoundResult> CleanInbox(postgres::Pool& pool, const std::string& consumer,
                                       absl::Duration retention);

}  // namespace waybill::inbox
