// Producer wraps librdkafka's producer: it is idempotent, leaves no gaps, and retries a record for
// as long as the broker may take it.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outbox_relay/base/record.h"
#include "outbox_relay/config.h"

namespace waybill::outbox_relay {

// The answer to a metadata request about a topic.
struct TopicState {
  enum class Kind { kKnown, kUnknown, kNotAuthorised };
  Kind kind = Kind::kKnown;
};

// Not thread-safe. One of them lives as long as one attempt to stream: after a fatal error, which
// librdkafka raises rather than let a record overtake a failed one, it is destroyed, and
// a new one reads and sends again everything that isn't confirmed.
class Producer {
 public:
  // `overrides` win over the configuration's properties. InvalidArgument names a property that
  // librdkafka refuses. Doesn't connect.
  static absl::StatusOr<std::unique_ptr<Producer>> Create(
      const KafkaConfig& config, const std::map<std::string, std::string>& overrides);
  // Drops the records that are still unsent.
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // Queues a copy of the record; its outcome comes through Poll with `number`. Never blocks.
  // RD_KAFKA_RESP_ERR__QUEUE_FULL: poll first. RD_KAFKA_RESP_ERR__FATAL: see FatalError.
  rd_kafka_resp_err_t Produce(rd_kafka_topic_t* topic, const Record& record, std::uint64_t number);

  // Readable when Poll has something to report.
  int fd() const { return event_fd_; }
  // Calls `done` for each record whose outcome is known: its number, and the record with its error.
  // Takes a changed login over first, for the connections that are made from then on. Never blocks.
  using Done = std::function<void(std::uint64_t number, const rd_kafka_message_t& message)>;
  void Poll(const Done& done);
  // Drops the records that are queued or in flight, so that every outcome is known soon.
  void Purge();

  // How many errors the brokers have caused since the last call.
  std::uint64_t TakeErrors() { return std::exchange(errors_, 0); }

  // The last error of a broker that could not be reached or refused the login; "": there was none.
  const std::string& trouble() const { return trouble_; }

  // As the brokers told it last; "" when none has. Never blocks.
  std::string cluster_id() const;

  // OK, or Internal with the reason why this producer can't be used any more.
  const absl::Status& fatal() const { return fatal_; }

  // The handle that Produce takes; lives as long as the producer. `name` is the full name.
  rd_kafka_topic_t* Topic(const std::string& name);
  // Unavailable unless a broker accepts the login and answers. Blocks for `timeout` at most.
  absl::Status Reach(absl::Duration timeout);
  // Queries the brokers; Unavailable if they don't answer in time. Blocks for `timeout` at most.
  absl::StatusOr<TopicState> Inspect(const std::string& name, absl::Duration timeout);
  // The full names of all topics that the relay may describe. Unavailable if no broker answers in
  // time. Blocks for `timeout` at most.
  absl::StatusOr<absl::flat_hash_set<std::string>> ListTopics(absl::Duration timeout);
  // The largest batch that the topic takes (max.message.bytes); NotFound if the brokers don't
  // report it.
  absl::StatusOr<std::size_t> MaxMessageBytes(const std::string& name, absl::Duration timeout);
  // The largest record that the configuration lets through (message.max.bytes).
  std::size_t max_record_bytes() const { return max_record_bytes_; }

 private:
  Producer(rd_kafka_t* client, int event_fd, Live<std::map<std::string, std::string>> properties,
           int version);
  void FollowLogin();
  void HandleEvent(rd_kafka_event_t* event, const Done& done);
  void NoteTrouble(rd_kafka_resp_err_t error, const char* detail);

  rd_kafka_t* client_;
  rd_kafka_queue_t* queue_;
  int event_fd_;
  const Live<std::map<std::string, std::string>> properties_;
  // Of the properties that the client has.
  int properties_version_;
  absl::Status fatal_;
  std::uint64_t errors_ = 0;
  std::string trouble_;
  std::size_t max_record_bytes_ = 0;
  std::map<std::string, rd_kafka_topic_t*> topics_;
};

}  // namespace waybill::outbox_relay
