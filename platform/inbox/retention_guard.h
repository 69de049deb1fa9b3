// RetentionGuard keeps a consumer from reading topics whose records may come back after its inbox
// has forgotten them.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "platform/executor/periodic_worker.h"
#include "platform/inbox/config.h"

namespace waybill::inbox {

// Queries the broker at the start, with backoff for as long as none has answered or a topic is
// missing, and every minute after, since a topic's retention may be changed while the service runs.
// A topic that is created later may be read for up to 10 s before it is refused. Thread-safe.
class RetentionGuard {
 public:
  // `topics` are full names.
  RetentionGuard(ConsumerOptions options, std::vector<std::string> topics);

  // Queries once, then continues in the background. kInvalidArgument: the broker keeps a topic too
  // long for inbox.retention; nothing continues then. A broker that is away is no error. Blocks for
  // at most 5 s.
  absl::Status Start();
  void Stop();

  // Later queries log in with the user and password of this configuration.
  void Use(const kafka::KafkaConfig& kafka);

  // The result of the last query. kUnavailable: there is none yet, so nothing may be read.
  // kInvalidArgument: retention is refused, until a later query finds it right.
  absl::Status Verdict() const;

 private:
  absl::Status Ask();

  const std::vector<std::string> topics_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  ConsumerOptions options_;
  absl::Status verdict_ = absl::UnavailableError("the broker was not asked yet");
  PeriodicWorker worker_;
};

}  // namespace waybill::inbox
