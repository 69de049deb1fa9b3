// TopicList answers for many topics at once, with one list of all topics of the cluster.
#pragma once

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/sink/producer.h"

namespace waybill::outbox_relay {

// Not thread-safe.
class TopicList {
 public:
  // `producer` outlives this.
  explicit TopicList(Producer& producer) : producer_(producer) {}

  // Whether the topic exists and may be described. Queries the brokers if the list is older than a
  // second, and then blocks for 1 s at most. Unavailable while they don't answer.
  absl::StatusOr<bool> Has(const std::string& full_name);

 private:
  Producer& producer_;
  absl::StatusOr<absl::flat_hash_set<std::string>> names_;
  SteadyTime renew_at_ = SteadyTime::InfinitePast();
};

}  // namespace waybill::outbox_relay
