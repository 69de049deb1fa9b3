#include "outbox_relay/sink/lone_sender.h"

#include <poll.h>

#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/sink/delivery_error.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

struct Progress {
  std::vector<rd_kafka_resp_err_t> errors;
  std::vector<bool> known;
  std::size_t unknown = 0;

  explicit Progress(std::size_t size)
      : errors(size, RD_KAFKA_RESP_ERR_NO_ERROR), known(size, false), unknown(size) {}
  void Note(std::size_t index, rd_kafka_resp_err_t error) {
    if (index >= known.size() || known[index]) return;
    known[index] = true;
    errors[index] = error;
    --unknown;
  }
};

void AwaitAll(Producer& producer, Progress& progress, SteadyTime deadline) {
  while (progress.unknown > 0) {
    producer.Poll([&progress](std::uint64_t number, const rd_kafka_message_t& message) {
      progress.Note(number - 1, message.err);
    });
    const absl::Duration left = deadline - SteadyNow();
    if (progress.unknown == 0 || left <= absl::ZeroDuration()) return;
    pollfd poll_fd{producer.fd(), POLLIN, 0};
    poll(&poll_fd, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
  }
}

}  // namespace

absl::StatusOr<LoneOutcome> LoneSender::Send(const std::vector<Record>& records,
                                             absl::Duration timeout) {
  const SteadyTime deadline = SteadyNow() + timeout;
  if (producer_ == nullptr) {
    ASSIGN_OR_RETURN(producer_, Producer::Create(kafka_, {{"batch.num.messages", "1"},
                                                          {"client.id", "outbox_relay_alone"}}));
  }
  Progress progress(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    rd_kafka_topic_t* topic = producer_->Topic(StrCat(kafka_.topic_prefix, records[i].topic));
    const rd_kafka_resp_err_t error = topic == nullptr
                                          ? RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION
                                          : producer_->Produce(topic, records[i], i + 1);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) progress.Note(i, error);
  }
  AwaitAll(*producer_, progress, deadline);
  LoneOutcome outcome;
  while (outcome.acknowledged < records.size() && progress.known[outcome.acknowledged] &&
         progress.errors[outcome.acknowledged] == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++outcome.acknowledged;
  }
  if (outcome.acknowledged == records.size()) return outcome;
  if (progress.known[outcome.acknowledged]) {
    const rd_kafka_resp_err_t error = progress.errors[outcome.acknowledged];
    outcome.refused = RefusalOf(error);
    outcome.error = StrCat(rd_kafka_err2name(error), ": ", rd_kafka_err2str(error));
  } else {
    outcome.error = StrCat("Kafka did not answer within ", absl::FormatDuration(timeout));
  }
  producer_.reset();
  return outcome;
}

}  // namespace waybill::outbox_relay
