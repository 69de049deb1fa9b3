// Tests on a real broker that each user reads, writes and joins what deploy/kafka/acls.txt allows, and
// nothing else.
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "platform/events/topics.h"
#include "platform/kafka/acl.h"
#include "platform/kafka/admin.h"
#include "platform/kafka/consumer.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_stack.h"
#include "tests/support/test_topics.h"
#include "tests/support/wait.h"

namespace waybill::kafka {
namespace {

constexpr int kTimeoutMs = 60'000;
const char* const kUsers[] = {"order_svc",        "payment_svc",  "inventory_svc",
                              "notification_svc", "outbox_relay", "operator"};
const char* const kGroups[] = {"order_svc", "payment_svc", "inventory_svc", "notification_svc"};
const char* const kTopics[] = {events::kOrdersTopic,         events::kPaymentsTopic,
                               events::kInventoryTopic,      events::kOrderDlqTopic,
                               events::kPaymentDlqTopic,     events::kInventoryDlqTopic,
                               events::kNotificationDlqTopic};

using Client = std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)>;
using Topic = std::unique_ptr<rd_kafka_topic_t, decltype(&rd_kafka_topic_destroy)>;
using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                   decltype(&rd_kafka_topic_partition_list_destroy)>;

void KeepOutcome(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  *static_cast<rd_kafka_resp_err_t*>(opaque) = message->err;
}

class KafkaRightsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    topics_.CreateAll();
    for (const char* topic : kTopics) topics_.Produce({{.topic = topic, .payload = "{}"}});
    const auto rules =
        ParseAcls(test::ReadFile(test::SourcePath("deploy/kafka/acls.txt")), topics_.prefix());
    ASSERT_TRUE(rules.ok()) << rules.status();
    rules_ = *rules;
    const absl::Status allowed = Allow(topics_.config(), rules_, absl::Seconds(60));
    ASSERT_TRUE(allowed.ok()) << allowed;
    ASSERT_TRUE(test::Eventually(
        [&] { return AreInEffect(topics_.config(), rules_, absl::Seconds(60)).value_or(false); },
        "the rights"));
  }

  bool IsAllowed(const std::string& user, rd_kafka_AclOperation_t operation,
                 rd_kafka_ResourceType_t resource, const std::string& name) const {
    return std::ranges::any_of(rules_, [&](const Acl& acl) {
      return acl.principal == "User:" + user && acl.operation == operation &&
             acl.resource == resource && acl.name == topics_.prefix() + name;
    });
  }

  static KafkaConfig Config(const std::string& user,
                            std::map<std::string, std::string> settings = {}) {
    const test::SecuredServers& secured = test::TestStack::Get().secured;
    settings.merge(secured.KafkaLogin(user));
    return {.brokers = secured.brokers, .topic_prefix = "", .properties = settings};
  }

  Client MakeClient(rd_kafka_type_t type, const std::string& user,
                    const std::map<std::string, std::string>& settings = {}) {
    absl::StatusOr<Conf> conf = MakeConf(Config(user, settings), {});
    if (!conf.ok()) throw std::runtime_error(conf.status().ToString());
    if (type == RD_KAFKA_PRODUCER) {
      rd_kafka_conf_set_dr_msg_cb(conf->get(), &KeepOutcome);
      rd_kafka_conf_set_opaque(conf->get(), &outcome_);
    }
    char error[256];
    Client client(rd_kafka_new(type, conf->get(), error, sizeof error), &rd_kafka_destroy);
    if (client == nullptr) throw std::runtime_error(error);
    static_cast<void>(conf->release());
    return client;
  }

  Topic HandleOf(rd_kafka_t* client, const std::string& topic) const {
    return {rd_kafka_topic_new(client, (topics_.prefix() + topic).c_str(), nullptr),
            &rd_kafka_topic_destroy};
  }

  rd_kafka_resp_err_t Write(rd_kafka_t* client, const std::string& topic) {
    outcome_ = RD_KAFKA_RESP_ERR__IN_PROGRESS;
    const Topic handle = HandleOf(client, topic);
    std::string payload = "{}";
    const int accepted = rd_kafka_produce(handle.get(), 0, RD_KAFKA_MSG_F_COPY, payload.data(),
                                          payload.size(), nullptr, 0, nullptr);
    // When the broker's refusal of the topic has come before, there will be no report.
    if (accepted != 0) return rd_kafka_last_error();
    rd_kafka_flush(client, kTimeoutMs);
    return outcome_;
  }

  Partitions First(const std::string& topic) {
    Partitions list(rd_kafka_topic_partition_list_new(1), &rd_kafka_topic_partition_list_destroy);
    rd_kafka_topic_partition_list_add(list.get(), (topics_.prefix() + topic).c_str(), 0)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
    return list;
  }

  rd_kafka_resp_err_t Describe(rd_kafka_t* client, rd_kafka_topic_t* topic) {
    const rd_kafka_metadata_t* metadata = nullptr;
    const rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, topic, &metadata, kTimeoutMs);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
    const rd_kafka_resp_err_t topics_error = metadata->topics[0].err;
    rd_kafka_metadata_destroy(metadata);
    return topics_error;
  }

  rd_kafka_resp_err_t Read(rd_kafka_t* client, const std::string& topic) {
    const Topic handle = HandleOf(client, topic);
    if (const rd_kafka_resp_err_t hidden = Describe(client, handle.get());
        hidden != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return hidden;
    }
    rd_kafka_consume_start(handle.get(), 0, RD_KAFKA_OFFSET_BEGINNING);
    rd_kafka_message_t* message = rd_kafka_consume(handle.get(), 0, kTimeoutMs);
    const rd_kafka_resp_err_t error =
        message == nullptr ? RD_KAFKA_RESP_ERR__TIMED_OUT : message->err;
    if (message != nullptr) rd_kafka_message_destroy(message);
    rd_kafka_consume_stop(handle.get(), 0);
    // The end of an empty partition counts as read.
    return error == RD_KAFKA_RESP_ERR__PARTITION_EOF ? RD_KAFKA_RESP_ERR_NO_ERROR : error;
  }

  // Whether the user may be in the group: requests the group's committed offset until it arrives, or an
  // error does.
  rd_kafka_resp_err_t Join(rd_kafka_t* client) {
    constexpr int kAttemptMs = 100;
    rd_kafka_poll_set_consumer(client);
    rd_kafka_resp_err_t outcome = RD_KAFKA_RESP_ERR__TIMED_OUT;
    for (int i = 0; i < kTimeoutMs / kAttemptMs && outcome == RD_KAFKA_RESP_ERR__TIMED_OUT; ++i) {
      outcome = rd_kafka_committed(client, First(events::kOrdersTopic).get(), kAttemptMs);
      rd_kafka_message_t* message = rd_kafka_consumer_poll(client, 0);
      if (message == nullptr) continue;
      outcome = message->err;
      rd_kafka_message_destroy(message);
    }
    return outcome;
  }

  test::TestTopics topics_;
  std::vector<Acl> rules_;
  rd_kafka_resp_err_t outcome_ = RD_KAFKA_RESP_ERR_NO_ERROR;
};

// Otherwise a service that may not read would look like one that has nothing to read.
TEST_F(KafkaRightsTest, AConsumerThatMayNotBeInItsGroupHasNoLagUntilItMay) {
  const std::string group = topics_.prefix() + "notification_svc";
  KafkaConfig config = Config("payment_svc");
  config.topic_prefix = topics_.prefix();
  const auto consumer = Consumer::Create(config, group, {topics_.prefix() + events::kOrdersTopic});
  ASSERT_TRUE(consumer.ok()) << consumer.status();
  EXPECT_TRUE(test::Eventually(
      [&] {
        (*consumer)->Poll(absl::Milliseconds(50), 10);
        const auto lag = (*consumer)->MeasureLag(absl::Seconds(10));
        return !lag.ok() &&
               lag.status().message().find("Group authorization failed") != std::string::npos;
      },
      "the refusal"));
  const Acl join{.principal = "User:payment_svc",
                 .operation = RD_KAFKA_ACL_OPERATION_READ,
                 .resource = RD_KAFKA_RESOURCE_GROUP,
                 .name = group};
  ASSERT_TRUE(Allow(topics_.config(), {join}, absl::Seconds(60)).ok());
  EXPECT_TRUE(test::Eventually(
      [&] {
        (*consumer)->Poll(absl::Milliseconds(50), 10);
        const auto lag = (*consumer)->MeasureLag(absl::Seconds(10));
        return lag.ok() && !lag->empty();
      },
      "its partitions"));
}

TEST_F(KafkaRightsTest, EachUserDoesWhatItMayAndNothingElse) {
  const auto expect = [](bool is_allowed, rd_kafka_resp_err_t outcome, rd_kafka_resp_err_t refusal,
                         const std::string& what) {
    EXPECT_EQ(outcome, is_allowed ? RD_KAFKA_RESP_ERR_NO_ERROR : refusal)
        << what << ": " << rd_kafka_err2str(outcome);
  };
  for (const std::string user : kUsers) {
    const Client writer = MakeClient(RD_KAFKA_PRODUCER, user);
    const Client reader = MakeClient(RD_KAFKA_CONSUMER, user, {{"enable.partition.eof", "true"}});
    for (const std::string topic : kTopics) {
      expect(IsAllowed(user, RD_KAFKA_ACL_OPERATION_WRITE, RD_KAFKA_RESOURCE_TOPIC, topic),
             Write(writer.get(), topic), RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
             user + " writes " + topic);
      EXPECT_EQ(
          DescribeRetention(Config(user), {topics_.prefix() + topic}, absl::Seconds(60)).ok(),
          IsAllowed(user, RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS, RD_KAFKA_RESOURCE_TOPIC, topic))
          << user << " asks how long " << topic << " keeps its records";
      expect(IsAllowed(user, RD_KAFKA_ACL_OPERATION_READ, RD_KAFKA_RESOURCE_TOPIC, topic),
             Read(reader.get(), topic), RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
             user + " reads " + topic);
    }
    EXPECT_FALSE(
        CreateTopics(Config(user), {{.name = topics_.prefix() + "another"}}, absl::Seconds(60))
            .ok())
        << user << " creates a topic";
    EXPECT_FALSE(Allow(Config(user), {rules_.front()}, absl::Seconds(60)).ok())
        << user << " changes the rights";
    for (const std::string group : kGroups) {
      const Client member =
          MakeClient(RD_KAFKA_CONSUMER, user, {{"group.id", topics_.prefix() + group}});
      expect(IsAllowed(user, RD_KAFKA_ACL_OPERATION_READ, RD_KAFKA_RESOURCE_GROUP, group),
             Join(member.get()), RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
             user + " in the group " + group);
    }
  }
}

}  // namespace
}  // namespace waybill::kafka
