// AdminClient makes librdkafka's administrative requests.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/kafka/client_config.h"

namespace waybill::kafka {

// Owns a librdkafka client and the queue of its answers; one request at a time. Not thread-safe.
class AdminClient {
 public:
  // kInvalidArgument: a setting that librdkafka refuses. Doesn't connect.
  static absl::StatusOr<std::unique_ptr<AdminClient>> Create(const KafkaConfig& config);
  ~AdminClient();
  AdminClient(const AdminClient&) = delete;
  AdminClient& operator=(const AdminClient&) = delete;

  // Borrowed; valid as long as the AdminClient.
  rd_kafka_t* client() { return client_; }
  rd_kafka_queue_t* queue() { return queue_; }

  using Options =
      std::unique_ptr<rd_kafka_AdminOptions_t, decltype(&rd_kafka_AdminOptions_destroy)>;
  // `timeout` is the broker's time to answer, at most 1 h. Destroy the options before the AdminClient.
  Options MakeOptions(rd_kafka_admin_op_t operation, absl::Duration timeout);

  using Event = std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)>;
  // Returns the answer to the request. Blocks for at most `timeout` and 1 s. kUnavailable: no answer came
  // in time, or the request failed as a whole.
  absl::StatusOr<Event> Await(absl::Duration timeout);

 private:
  explicit AdminClient(rd_kafka_t* client) : client_(client), queue_(rd_kafka_queue_new(client)) {}

  rd_kafka_t* client_;
  rd_kafka_queue_t* queue_;
};

}  // namespace waybill::kafka
