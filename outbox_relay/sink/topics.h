// Topics knows whether the relay can send records to a topic, and how large they may be.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/parking/parked_row.h"
#include "outbox_relay/sink/producer.h"
#include "outbox_relay/sink/time_budget.h"
#include "outbox_relay/sink/topic_list.h"

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
// for an unknown topic keeps it, and everything behind it, waiting. For 200 ms of each second a topic
// is inspected by itself, which also finds out whether the relay may not describe it, and makes a
// broker create it that creates topics; beyond that one list of all topics answers for it. Not
// thread-safe.
class Topics {
 public:
  // `producer` outlives this. A closed topic is inspected again after `retry_closed`.
  Topics(Producer& producer, std::string prefix, absl::Duration retry_closed);

  // Unavailable while the brokers don't answer: retry later. Blocks for 2 s at most (two requests
  // of 1 s each), when the topic is new or due for another inspection. The pointer is valid until
  // the next call.
  absl::StatusOr<Topic*> Find(std::string_view name);
  // A record alone in its batch was refused with something that is true of the whole topic.
  void Close(std::string_view name, ParkReason reason, const std::string& error);
  // Something was accepted again.
  void Reopen(std::string_view name);
  // The next Find queries the brokers.
  void Forget(std::string_view name);

  // Topics that were unknown when rows of them were parked.
  void AddUnknown(const std::vector<std::string>& names);
  // To be called about once per second. The topics that were unknown and have opened since the last
  // call. Blocks for
  // 200 ms or so while the brokers answer, else for 2 s at most.
  std::vector<std::string> Appeared();
  // The topic, if it is closed as unknown or not authorised, and the brokers, queried anew, say so
  // still; else null. The pointer is valid until the next call. Blocks for 3 s at most.
  const Topic* Recheck(const std::string& name);
  // Whether unknown topics have been forgotten since the last call: no more than some 20,000 closed
  // ones are kept.
  bool TakeForgotUnknown() { return std::exchange(forgot_unknown_, false); }

 private:
  Topic* Impossible(const std::string& full_name);
  absl::Status FirstLook(const std::string& full_name, Topic& topic);
  absl::Status Inspect(const std::string& full_name, Topic& topic);
  void Open(const std::string& full_name, Topic& topic);
  void SetClosed(const std::string& full_name, ParkReason reason, Topic& topic);
  void BoundClosed();
  std::vector<std::string> Unknown() const;

  Producer& producer_;
  const std::string prefix_;
  const absl::Duration retry_closed_;
  TopicList list_;
  TimeBudget budget_;
  std::map<std::string, Topic, std::less<>> topics_;
  std::string last_name_;
  Topic* last_ = nullptr;
  // Stands for every topic whose name can't be one.
  Topic impossible_;
  // Since closed topics were last forgotten.
  std::size_t found_since_ = 0;
  bool forgot_unknown_ = false;
  // Those that were unknown and have opened since the last call of Appeared.
  std::vector<std::string> appeared_;
  // The last one that Appeared inspected by itself.
  std::string last_rechecked_;
};

}  // namespace waybill::outbox_relay
