// Topics knows whether the relay can send records to a topic, and how large they may be.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/parking/parked_row.h"
#include "outbox_relay/sink/producer.h"

namespace waybill::outbox_relay {

struct Topic {
  // Null while the topic is closed.
  rd_kafka_topic_t* handle = nullptr;
  // The largest record it takes.
  std::size_t max_bytes = 0;
  // Why nothing can be sent to it, if so.
  std::optional<ParkReason> closed;
  std::string error;
  // The topic exists, but a record that was sent alone was refused: only another record can show
  // whether that is over.
  bool refused = false;
  SteadyTime retry_at;
};

// Queries the brokers about each topic when its first row comes: a producer that is given a record
// for an unknown topic keeps it, and everything behind it, waiting. Not thread-safe.
class Topics {
 public:
  // `producer` outlives this. A closed topic is inspected again after `retry_closed`.
  Topics(Producer& producer, std::string prefix, absl::Duration retry_closed)
      : producer_(producer), prefix_(std::move(prefix)), retry_closed_(retry_closed) {}

  // Unavailable while the brokers don't answer: retry later. Blocks for 2 s at most (two requests
  // of 1 s each), when the topic is new or due for another inspection. The pointer is valid until
  // the topic is closed, reopened or forgotten.
  absl::StatusOr<Topic*> Find(std::string_view name);
  // A record alone in its batch was refused with something that is true of the whole topic.
  void Close(std::string_view name, ParkReason reason, const std::string& error);
  // Something was accepted again.
  void Reopen(std::string_view name);
  // The next Find queries the brokers.
  void Forget(std::string_view name);
  // Those that are closed because they are unknown.
  std::vector<std::string> Unknown() const;
  // Queries the brokers about a closed topic now; true if it is open again. Blocks for 2 s at most.
  bool Recheck(const std::string& name);

 private:
  absl::Status Inspect(std::string_view name, Topic& topic);

  Producer& producer_;
  const std::string prefix_;
  const absl::Duration retry_closed_;
  std::map<std::string, Topic, std::less<>> topics_;
  std::string last_name_;
  Topic* last_ = nullptr;
};

}  // namespace waybill::outbox_relay
