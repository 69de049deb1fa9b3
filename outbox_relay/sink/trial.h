// Trial sends a record alone if Kafka may refuse it, and returns whether Kafka takes it.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "outbox_relay/base/record.h"
#include "outbox_relay/parking/parked_row.h"
#include "outbox_relay/sink/lone_sender.h"
#include "outbox_relay/sink/publish_counts.h"
#include "outbox_relay/sink/suspects.h"
#include "outbox_relay/sink/topics.h"

namespace waybill::outbox_relay {

// The outcome of a record that was sent alone.
struct Verdict {
  // kLater: no broker answered, or the topic is gone; the next trial queries again.
  enum class Kind { kPublished, kRefused, kLater };
  Kind kind = Kind::kLater;
  // kRefused: why it has to be parked.
  ParkReason reason = ParkReason::kRefused;
  std::string error = {};
};

// Not thread-safe. Each call blocks as LoneSender::Send does. InvalidArgument for a Kafka property that
// can't be.
class Trial {
 public:
  // All of them outlive this.
  Trial(Topics& topics, LoneSender& alone, Suspects& suspects, PublishCounts& counts)
      : topics_(topics), alone_(alone), suspects_(suspects), counts_(counts) {}

  // A record of a closed topic is refused as well, unless the topic exists and is due for
  // another trial. Never kLater.
  absl::StatusOr<Verdict> OfClosedTopic(const Record& record, const Topic& topic);
  // A record that Kafka may refuse, because it was in a batch that was refused or is larger than the
  // topic's limit before compression, is sent alone, once nothing is in flight that must come before
  // it. Unavailable with the reason when no record is taken for now.
  absl::StatusOr<Verdict> OfDoubtful(const Record& record, const Topic& topic);

 private:
  Topics& topics_;
  LoneSender& alone_;
  Suspects& suspects_;
  PublishCounts& counts_;
};

}  // namespace waybill::outbox_relay
