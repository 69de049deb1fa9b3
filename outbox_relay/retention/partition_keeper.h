// PartitionKeeper creates the outbox's partitions for the days to come, and drops published ones.
#pragma once

#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/config.h"
#include "platform/executor/periodic_worker.h"

namespace waybill::outbox_relay {

// Calls the source's own function to create them, if it has one. Thread-safe; has a thread of its
// own, and a connection only during a round.
class PartitionKeeper {
 public:
  // `source` outlives this.
  explicit PartitionKeeper(const SourceConfig& source);
  // Begins the first round at once.
  void Start();
  void Stop();

 private:
  absl::StatusOr<RoundResult> Round();
  absl::Status Create(PgConnection& connection);

  const SourceConfig& source_;
  PeriodicWorker worker_;
};

}  // namespace waybill::outbox_relay
