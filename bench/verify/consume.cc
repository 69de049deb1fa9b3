// Commits the offsets of all records on Waybill's topics, as the services would have done.
#include <librdkafka/rdkafka.h>

#include <iostream>

#include "absl/status/status.h"
#include "platform/events/topics.h"
#include "platform/kafka/topic_reader.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill {
namespace {

absl::Status Consume(const kafka::KafkaConfig& config, const std::string& group) {
  ASSIGN_OR_RETURN(const auto reader,
                   kafka::TopicReader::Create(config, config.topic_prefix + group));
  std::vector<kafka::RecordRange> everything;
  for (const char* topic :
       {events::kOrdersTopic, events::kPaymentsTopic, events::kInventoryTopic}) {
    ASSIGN_OR_RETURN(const auto ranges, reader->Whole(config.topic_prefix + topic));
    everything.insert(everything.end(), ranges.begin(), ranges.end());
  }
  ASSIGN_OR_RETURN(kafka::Conf conf,
                   kafka::MakeConf(config, {{"group.id", config.topic_prefix + group}}));
  char error[256];
  rd_kafka_t* const client = rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), error, sizeof(error));
  if (client == nullptr) return absl::InvalidArgumentError(error);
  conf.release();
  rd_kafka_topic_partition_list_t* const ends = rd_kafka_topic_partition_list_new(0);
  for (const kafka::RecordRange& range : everything) {
    rd_kafka_topic_partition_list_add(ends, range.partition.topic.c_str(),
                                      range.partition.partition)
        ->offset = range.end;
  }
  const rd_kafka_resp_err_t result = rd_kafka_commit(client, ends, /*async=*/0);
  rd_kafka_topic_partition_list_destroy(ends);
  rd_kafka_destroy(client);
  if (result == RD_KAFKA_RESP_ERR_NO_ERROR) return absl::OkStatus();
  return absl::UnavailableError(
      StrCat("can't commit the offsets of ", group, ": ", rd_kafka_err2str(result)));
}

}  // namespace
}  // namespace waybill

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: bench_verify_consume BROKERS TOPIC_PREFIX\n";
    return 2;
  }
  const waybill::kafka::KafkaConfig config = {
      .brokers = argv[1], .topic_prefix = argv[2], .properties = {}};
  for (const char* group : {"order_svc", "payment_svc", "inventory_svc", "notification_svc"}) {
    const absl::Status status = waybill::Consume(config, group);
    if (status.ok()) continue;
    std::cerr << status << "\n";
    return 1;
  }
}
