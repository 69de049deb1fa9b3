// Creates the outbox's partitions for the days to come, and drops those that nobody needs any more.
#pragma once

#include "absl/status/statusor.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/config.h"
#include "platform/executor/periodic_worker.h"

namespace waybill::outbox_relay {

// Calls the source's own function to create them, if it has one. Thread-safe; a thread of its own,
// a connection only while it works.
class PartitionKeeper {
 public:
  // `source` outlives this.
  explicit PartitionKeeper(const SourceConfig& source);
  // Does a first round at once.
  void Start();
  void Stop();

 private:
  absl::StatusOr<RoundResult> Round();
  absl::Status Create(PgConnection& connection);

  const SourceConfig& source_;
  PeriodicWorker worker_;
};

}  // namespace waybill::outbox_relay
