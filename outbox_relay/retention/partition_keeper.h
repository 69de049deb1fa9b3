// Sees that the outbox always has partitions for the days to come.
#pragma once

#include "absl/status/statusor.h"
#include "outbox_relay/config.h"
#include "platform/executor/periodic_worker.h"

namespace waybill::outbox_relay {

// Calls the source's own function for it, if it has one. Thread-safe; a thread of its own, a
// connection only while it works.
class PartitionKeeper {
 public:
  // `source` outlives this.
  explicit PartitionKeeper(const SourceConfig& source);
  // Does a first round at once.
  void Start();
  void Stop();

 private:
  absl::StatusOr<RoundResult> Round();

  const SourceConfig& source_;
  PeriodicWorker worker_;
};

}  // namespace waybill::outbox_relay
