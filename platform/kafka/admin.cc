#include "platform/kafka/admin.h"

#include <memory>

#include "absl/strings/numbers.h"
#include "platform/kafka/admin_client.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::kafka {
namespace {

TopicRetention RetentionOf(const rd_kafka_ConfigResource_t* resource) {
  TopicRetention retention{absl::InfiniteDuration(), absl::InfiniteDuration()};
  std::size_t count = 0;
  const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(resource, &count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = rd_kafka_ConfigEntry_name(entries[i]);
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    std::int64_t ms = 0;
    if (value == nullptr || !absl::SimpleAtoi(value, &ms) || ms < 0) continue;
    if (name == "retention.ms") retention.retention = absl::Milliseconds(ms);
    if (name == "segment.ms") retention.segment = absl::Milliseconds(ms);
  }
  return retention;
}

absl::Status OffsetError(const std::string& group, rd_kafka_resp_err_t error) {
  const std::string message =
      StrCat("setting the offsets of the consumer group ", group, ": ", rd_kafka_err2str(error));
  // A commit from outside the group, and brokers differ in how they refuse it.
  const bool has_members = error == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
                           error == RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP ||
                           error == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION ||
                           error == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS;
  return has_members ? absl::FailedPreconditionError(message) : absl::UnavailableError(message);
}

}  // namespace

absl::Status CreateTopics(const KafkaConfig& config, const std::vector<NewTopic>& topics,
                          absl::Duration timeout) {
  ASSIGN_OR_RETURN(std::unique_ptr<AdminClient> admin, AdminClient::Create(config));
  std::vector<rd_kafka_NewTopic_t*> requests;
  for (const NewTopic& topic : topics) {
    char error[256];
    rd_kafka_NewTopic_t* request = rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions,
                                                         topic.replication, error, sizeof error);
    if (request == nullptr) {
      rd_kafka_NewTopic_destroy_array(requests.data(), requests.size());
      return absl::InvalidArgumentError(StrCat("topic ", topic.name, ": ", error));
    }
    requests.push_back(request);
  }
  const auto options = admin->MakeOptions(RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout);
  rd_kafka_CreateTopics(admin->client(), requests.data(), requests.size(), options.get(),
                        admin->queue());
  rd_kafka_NewTopic_destroy_array(requests.data(), requests.size());

  ASSIGN_OR_RETURN(const AdminClient::Event event, admin->Await(timeout));
  std::size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
      continue;
    const char* text = rd_kafka_topic_result_error_string(results[i]);
    return absl::InternalError(StrCat("topic ", rd_kafka_topic_result_name(results[i]), ": ",
                                      text == nullptr ? rd_kafka_err2str(error) : text));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, TopicRetention>> DescribeRetention(
    const KafkaConfig& config, const std::vector<std::string>& topics, absl::Duration timeout) {
  ASSIGN_OR_RETURN(std::unique_ptr<AdminClient> admin, AdminClient::Create(config));
  std::vector<rd_kafka_ConfigResource_t*> requests;
  for (const std::string& topic : topics) {
    requests.push_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  }
  const auto options = admin->MakeOptions(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout);
  rd_kafka_DescribeConfigs(admin->client(), requests.data(), requests.size(), options.get(),
                           admin->queue());
  rd_kafka_ConfigResource_destroy_array(requests.data(), requests.size());

  ASSIGN_OR_RETURN(const AdminClient::Event event, admin->Await(timeout));
  std::map<std::string, TopicRetention> found;
  std::size_t count = 0;
  const rd_kafka_ConfigResource_t** resources = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t error = rd_kafka_ConfigResource_error(resources[i]);
    if (error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) continue;
    const std::string name = rd_kafka_ConfigResource_name(resources[i]);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return absl::UnavailableError(StrCat("topic ", name, ": ", rd_kafka_err2str(error)));
    }
    found[name] = RetentionOf(resources[i]);
  }
  return found;
}

absl::Status SetGroupOffsets(const KafkaConfig& config, const std::string& group,
                             const std::vector<GroupOffset>& offsets, absl::Duration timeout) {
  ASSIGN_OR_RETURN(std::unique_ptr<AdminClient> admin, AdminClient::Create(config));
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())),
                           &rd_kafka_topic_partition_list_destroy);
  for (const GroupOffset& one : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), one.partition.topic.c_str(),
                                      one.partition.partition)
        ->offset = one.offset;
  }
  rd_kafka_AlterConsumerGroupOffsets_t* request =
      rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), list.get());
  const auto options = admin->MakeOptions(RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, timeout);
  rd_kafka_AlterConsumerGroupOffsets(admin->client(), &request, 1, options.get(), admin->queue());
  rd_kafka_AlterConsumerGroupOffsets_destroy(request);

  ASSIGN_OR_RETURN(const AdminClient::Event event, admin->Await(timeout));
  std::size_t count = 0;
  const rd_kafka_group_result_t** results = rd_kafka_AlterConsumerGroupOffsets_result_groups(
      rd_kafka_event_AlterConsumerGroupOffsets_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_error_t* error = rd_kafka_group_result_error(results[i]);
    if (error != nullptr) return OffsetError(group, rd_kafka_error_code(error));
    const rd_kafka_topic_partition_list_t* set = rd_kafka_group_result_partitions(results[i]);
    for (int j = 0; j < set->cnt; ++j) {
      if (set->elems[j].err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      return OffsetError(group, set->elems[j].err);
    }
  }
  return absl::OkStatus();
}

}  // namespace waybill::kafka
