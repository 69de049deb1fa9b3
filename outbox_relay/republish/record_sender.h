// RecordSender sends records to Kafka beside the live stream, with producers of its own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outbox_relay/base/record.h"
#include "outbox_relay/base/stop.h"
#include "outbox_relay/config.h"
#include "outbox_relay/sink/lone_sender.h"
#include "outbox_relay/sink/producer.h"
#include "outbox_relay/sink/topics.h"
#include "outbox_relay/sink/window.h"

namespace waybill::outbox_relay {

// Not thread-safe. At most 1,000 records or 4 MiB are on their way at a time, unless one alone is
// larger. While no broker answers, every call waits: until `go_on` returns an error, which is then
// the call's. Connects when first used. InvalidArgument for a Kafka property that can't be.
class RecordSender {
 public:
  // Called at least every second while a call waits.
  using GoOn = std::function<absl::Status()>;
  // Why Kafka won't take the record; nothing if it takes it.
  using Refusal = std::optional<std::string>;

  // All of them outlive this.
  RecordSender(const KafkaConfig& kafka, const Stop& stop, GoOn go_on)
      : kafka_(kafka), stop_(stop), go_on_(std::move(go_on)), alone_(kafka) {}

  // Sends the record behind those before it; Flush says whether Kafka took it. Waits for room.
  absl::StatusOr<Refusal> Send(const Record& record);
  // Waits until everything is acknowledged. Internal: Kafka refused one of the records, perhaps
  // with others; send them alone to learn which.
  absl::Status Flush();
  // Sends the record in a batch of its own and waits for the answer.
  absl::StatusOr<Refusal> SendAlone(const Record& record);

 private:
  static constexpr std::size_t kInFlightRecords = 1000;
  static constexpr std::size_t kInFlightBytes = 4 << 20;

  // A producer and what lives with it.
  struct Batches {
    explicit Batches(std::unique_ptr<Producer> made, const std::string& prefix);
    std::unique_ptr<Producer> producer;
    Topics topics;
    Window window{kInFlightRecords, kInFlightBytes};
    absl::Status failure;
  };

  // Waits while no broker answers.
  absl::StatusOr<const Topic*> FindTopic(const Record& record);
  // Waits for acknowledgements, half a second at most, and takes them. Internal as Flush.
  absl::Status Await();
  absl::Status Connect();

  const KafkaConfig& kafka_;
  const Stop& stop_;
  const GoOn go_on_;
  std::unique_ptr<Batches> batches_;
  LoneSender alone_;
};

}  // namespace waybill::outbox_relay
