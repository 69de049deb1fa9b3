#include "outbox_relay/republish/record_sender.h"

#include <poll.h>

#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kRetryClosedTopic = absl::Seconds(30);
constexpr absl::Duration kRetry = absl::Milliseconds(200);
constexpr int kWaitMs = 500;

}  // namespace

RecordSender::Batches::Batches(std::unique_ptr<Producer> made, const std::string& prefix)
    : producer(std::move(made)), topics(*producer, prefix, kRetryClosedTopic) {}

absl::Status RecordSender::Connect() {
  if (batches_ != nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      std::unique_ptr<Producer> producer,
      Producer::Create(kafka_, {{"client.id", "outbox_relay_republish"}, {"linger.ms", "5"}}));
  batches_ = std::make_unique<Batches>(std::move(producer), kafka_.topic_prefix);
  return absl::OkStatus();
}

absl::StatusOr<const Topic*> RecordSender::FindTopic(const Record& record) {
  RETURN_IF_ERROR(Connect());
  for (;;) {
    absl::StatusOr<Topic*> topic = batches_->topics.Find(record.topic);
    if (topic.ok()) return *topic;
    if (!absl::IsUnavailable(topic.status())) return topic.status();
    RETURN_IF_ERROR(go_on_());
    stop_.WaitFor(kRetry);
  }
}

absl::StatusOr<RecordSender::Refusal> RecordSender::Send(const Record& record) {
  ASSIGN_OR_RETURN(const Topic* const topic, FindTopic(record));
  if (topic->closed) return Refusal(topic->error);
  if (record.WireSize() > topic->max_bytes) {
    return Refusal(
        StrCat("the record has ", record.WireSize(), " bytes, the limit is ", topic->max_bytes));
  }
  Window& window = batches_->window;
  for (;;) {
    if (window.HasRoom(record.MemorySize())) {
      const rd_kafka_resp_err_t error =
          batches_->producer->Produce(topic->handle, record, window.next());
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR) break;
      if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) return Refusal(rd_kafka_err2str(error));
      // A full queue empties; the reason of a fatal error comes with the outcomes.
      if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL && error != RD_KAFKA_RESP_ERR__FATAL) {
        batches_.reset();
        return absl::InternalError(
            StrCat("the Kafka producer takes no record: ", rd_kafka_err2str(error)));
      }
    }
    RETURN_IF_ERROR(Await());
  }
  window.Add(record.MemorySize());
  return Refusal();
}

absl::Status RecordSender::Flush() {
  while (batches_ != nullptr && !batches_->window.empty()) {
    RETURN_IF_ERROR(Await());
  }
  return absl::OkStatus();
}

absl::Status RecordSender::Await() {
  RETURN_IF_ERROR(go_on_());
  Batches& batches = *batches_;
  pollfd fds[] = {{batches.producer->fd(), POLLIN, 0}, {stop_.fd(), POLLIN, 0}};
  poll(fds, 2, kWaitMs);
  batches.producer->Poll([&batches](std::uint64_t number, const rd_kafka_message_t& message) {
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR && batches.failure.ok()) {
      batches.failure = absl::InternalError(rd_kafka_err2str(message.err));
    }
    batches.window.Done(number);
  });
  batches.failure.Update(batches.producer->fatal());
  if (batches.failure.ok()) return absl::OkStatus();
  const absl::Status failure = absl::InternalError(batches.failure.message());
  batches_.reset();
  return failure;
}

absl::StatusOr<RecordSender::Refusal> RecordSender::SendAlone(const Record& record) {
  for (;;) {
    ASSIGN_OR_RETURN(const Topic* const topic, FindTopic(record));
    if (topic->closed) return Refusal(topic->error);
    RETURN_IF_ERROR(go_on_());
    ASSIGN_OR_RETURN(const LoneOutcome outcome, alone_.Send({record}));
    if (outcome.acknowledged == 1) return Refusal();
    if (outcome.refused) return Refusal(outcome.error);
    // No broker answers, or the topic is gone.
    batches_->topics.Forget(record.topic);
    stop_.WaitFor(kRetry);
  }
}

}  // namespace waybill::outbox_relay
