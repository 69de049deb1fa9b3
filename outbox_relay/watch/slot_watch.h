// SlotWatch watches how much log a source's slot makes the server keep, and warns before the slot
// is lost.
#pragma once

#include <optional>

#include "absl/status/status.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/config.h"
#include "outbox_relay/watch/slot_health.h"
#include "outbox_relay/watch/source_metrics.h"

namespace waybill::outbox_relay {

// Has a connection of its own, so that it sees the slot also while the source can't be streamed
// from or another relay does it. Not thread-safe.
class SlotWatch {
 public:
  // `source` and `metrics` outlive this.
  SlotWatch(const SourceConfig& source, SourceMetrics& metrics)
      : source_(source), metrics_(metrics) {}

  // Queries the slot, sets the gauges, and logs when the slot becomes endangered or lost, or is
  // neither any more. Blocks for 20 s at most.
  absl::Status Look();

 private:
  enum class Grade { kFine, kEndangered, kLost };
  void Tell(const SlotHealth& health);

  const SourceConfig& source_;
  SourceMetrics& metrics_;
  std::optional<PgConnection> connection_;
  // Of the connection string that it was made with.
  int conninfo_version_ = 0;
  Grade told_ = Grade::kFine;
};

}  // namespace waybill::outbox_relay
