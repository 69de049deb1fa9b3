#include "platform/kafka/admin_client.h"

#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::kafka {

absl::StatusOr<std::unique_ptr<AdminClient>> AdminClient::Create(const KafkaConfig& config) {
  ASSIGN_OR_RETURN(Conf conf, MakeConf(config, {}));
  char error[256];
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), error, sizeof error);
  if (client == nullptr) return absl::InvalidArgumentError(StrCat("Kafka client: ", error));
  static_cast<void>(conf.release());  // the client owns it now
  return std::unique_ptr<AdminClient>(new AdminClient(client));
}

AdminClient::~AdminClient() {
  rd_kafka_queue_destroy(queue_);
  rd_kafka_destroy(client_);
}

AdminClient::Options AdminClient::MakeOptions(rd_kafka_admin_op_t operation,
                                              absl::Duration timeout) {
  Options options(rd_kafka_AdminOptions_new(client_, operation), &rd_kafka_AdminOptions_destroy);
  char error[256];
  rd_kafka_AdminOptions_set_request_timeout(
      options.get(), static_cast<int>(absl::ToInt64Milliseconds(timeout)), error, sizeof error);
  return options;
}

absl::StatusOr<AdminClient::Event> AdminClient::Await(absl::Duration timeout) {
  // A second more than the request's own timeout, whose error is the better message.
  Event event(rd_kafka_queue_poll(
                  queue_, static_cast<int>(absl::ToInt64Milliseconds(timeout + absl::Seconds(1)))),
              &rd_kafka_event_destroy);
  if (event == nullptr) return absl::UnavailableError("Kafka did not answer in time");
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return absl::UnavailableError(StrCat("Kafka: ", rd_kafka_event_error_string(event.get())));
  }
  return event;
}

}  // namespace waybill::kafka
