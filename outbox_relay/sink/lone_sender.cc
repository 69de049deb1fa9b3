#include "outbox_relay/sink/lone_sender.h"

#include <poll.h>

#include <algorithm>
#include <optional>

#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/sink/delivery_error.h"
#include "outbox_relay/sink/topic_name.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kLeastTime = absl::Seconds(2);
constexpr absl::Duration kMostTime = absl::Seconds(5);
constexpr std::size_t kBytesPerSecond = 4 << 20;

// The answers so far. Records behind the first one that failed aren't waited for.
struct Progress {
  std::vector<std::optional<rd_kafka_resp_err_t>> answers;
  std::size_t acknowledged = 0;

  explicit Progress(std::size_t size) : answers(size) {}
  void Note(std::size_t index, rd_kafka_resp_err_t error) {
    if (index >= answers.size() || answers[index]) return;
    answers[index] = error;
    while (acknowledged < answers.size() && answers[acknowledged] == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++acknowledged;
    }
  }
  bool ended() const { return acknowledged == answers.size() || answers[acknowledged].has_value(); }
};

void Await(Producer& producer, Progress& progress, SteadyTime deadline) {
  while (!progress.ended()) {
    producer.Poll([&progress](std::uint64_t number, const rd_kafka_message_t& message) {
      progress.Note(number - 1, message.err);
    });
    const absl::Duration left = deadline - SteadyNow();
    if (progress.ended() || left <= absl::ZeroDuration()) return;
    pollfd poll_fd{producer.fd(), POLLIN, 0};
    poll(&poll_fd, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
  }
}

}  // namespace

absl::Duration LoneSender::TimeFor(std::size_t bytes) {
  return std::min(kLeastTime + absl::Seconds(bytes / kBytesPerSecond), kMostTime);
}

rd_kafka_resp_err_t LoneSender::Produce(const Record& record, std::uint64_t number) {
  const std::string full_name = StrCat(kafka_.topic_prefix, record.topic);
  if (!IsTopicName(full_name)) return RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
  rd_kafka_topic_t* topic = producer_->Topic(full_name);
  return topic == nullptr ? RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION
                          : producer_->Produce(topic, record, number);
}

absl::StatusOr<LoneOutcome> LoneSender::Send(const std::vector<Record>& records) {
  std::size_t bytes = 0;
  for (const Record& record : records) bytes += record.WireSize();
  const absl::Duration timeout = TimeFor(bytes);
  const SteadyTime deadline = SteadyNow() + timeout;
  if (producer_ == nullptr) {
    ASSIGN_OR_RETURN(producer_, Producer::Create(kafka_, {{"batch.num.messages", "1"},
                                                          {"client.id", "outbox_relay_alone"}}));
  }
  Progress progress(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const rd_kafka_resp_err_t error = Produce(records[i], i + 1);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    // Nothing is sent that would overtake it.
    progress.Note(i, error);
    break;
  }
  Await(*producer_, progress, deadline);
  LoneOutcome outcome{.acknowledged = progress.acknowledged};
  if (outcome.acknowledged == records.size()) return outcome;
  if (const auto error = progress.answers[outcome.acknowledged]) {
    outcome.answered = true;
    outcome.refused = RefusalOf(*error);
    outcome.error = StrCat(rd_kafka_err2name(*error), ": ", rd_kafka_err2str(*error));
  } else {
    outcome.error = StrCat("Kafka did not answer within ", absl::FormatDuration(timeout));
  }
  producer_.reset();
  return outcome;
}

}  // namespace waybill::outbox_relay
