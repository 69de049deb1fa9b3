// The leader lock makes one relay at a time the leader of a source: advisory locks in the source's
// database, held by the session of the control connection.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/base/stop.h"
#include "outbox_relay/config.h"
#include "outbox_relay/watch/source_metrics.h"

namespace waybill::outbox_relay {

// Waits, without limit, while another relay of the same source is the leader: true once this one is;
// false when the process is to end first. FailedPrecondition when the leader relays another source
// with this `slot`, or a source of this name with another `slot`: waiting for it would be no
// standby.
absl::StatusOr<bool> AwaitLeadership(PgConnection& control, const SourceConfig& source,
                                     const Stop& stop, SourceMetrics& metrics);

// That FailedPrecondition, whether this relay waits or not; OK without such a leader. One query.
absl::Status RefuseRival(PgConnection& connection, const SourceConfig& source);

}  // namespace waybill::outbox_relay
