// Creates the topics that Waybill needs, and their ACLs; what exists stays unchanged.
#include <CLI/CLI.hpp>
#include <iostream>
#include <string>
#include <vector>

#include "platform/config/exit_code.h"
#include "platform/events/topics.h"
#include "platform/kafka/acl.h"
#include "platform/kafka/admin.h"
#include "platform/log/log.h"
#include "platform/types/read_file.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "platform/types/utf8.h"

namespace waybill {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(30);

struct Options {
  std::string brokers;
  std::string prefix;
  int partitions = 6;
  int replication = 1;
  // "" is none.
  std::string config_file;
  std::string acl_file;
};

std::vector<kafka::NewTopic> Topics(const Options& options) {
  std::vector<kafka::NewTopic> topics;
  for (const char* name : {events::kOrdersTopic, events::kPaymentsTopic, events::kInventoryTopic}) {
    topics.push_back({options.prefix + name, options.partitions, options.replication});
  }
  // Dead letters are rare, and one partition keeps them in order.
  for (const char* name : {events::kOrderDlqTopic, events::kPaymentDlqTopic,
                           events::kInventoryDlqTopic, events::kNotificationDlqTopic}) {
    topics.push_back({options.prefix + name, 1, options.replication});
  }
  return topics;
}

absl::StatusOr<kafka::KafkaConfig> ReadConfig(const Options& options) {
  kafka::KafkaConfig config = {
      .brokers = options.brokers, .topic_prefix = options.prefix, .properties = {}};
  if (!options.config_file.empty()) {
    ASSIGN_OR_RETURN(config.properties, kafka::ReadPropertyFile(options.config_file));
  }
  return config;
}

absl::StatusOr<std::vector<kafka::Acl>> ReadAcls(const Options& options) {
  if (options.acl_file.empty()) return std::vector<kafka::Acl>();
  ASSIGN_OR_RETURN(const std::string text, ReadFile(options.acl_file));
  return kafka::ParseAcls(text, options.prefix);
}

int Fail(const std::string& what, const absl::Status& why) {
  std::cerr << "create_topics: " << what << ": " << ToVisibleText(ToStd(why.message())) << "\n";
  return ExitCodeFor(why);
}

int Run(const Options& options) {
  const absl::StatusOr<kafka::KafkaConfig> config = ReadConfig(options);
  if (!config.ok()) return Fail("can't read --config", config.status());
  const absl::StatusOr<std::vector<kafka::Acl>> acls = ReadAcls(options);
  if (!acls.ok()) return Fail("can't read --acls", acls.status());
  const std::vector<kafka::NewTopic> topics = Topics(options);
  if (const absl::Status made = kafka::CreateTopics(*config, topics, kTimeout); !made.ok()) {
    return Fail("can't create the topics at " + options.brokers, made);
  }
  if (!acls->empty()) {
    if (const absl::Status allowed = kafka::Allow(*config, *acls, kTimeout); !allowed.ok()) {
      return Fail("the topics are there, but their ACLs can't be added at " + options.brokers,
                  allowed);
    }
  }
  for (const kafka::NewTopic& topic : topics) std::cout << topic.name << "\n";
  return kExitOk;
}

}  // namespace
}  // namespace waybill

int main(int argc, char** argv) {
  waybill::log::Init("create_topics", "error");
  waybill::Options options;
  CLI::App app(
      "Creates Waybill's topics in Kafka and prints their names. Existing topics stay unchanged.");
  app.footer("Example:\n  create_topics --brokers 127.0.0.1:19092 --partitions 6 --replication 1");
  app.add_option("--brokers", options.brokers, "The brokers, HOST:PORT[,HOST:PORT...]")->required();
  app.add_option("--partitions", options.partitions,
                 "Partitions per event topic; dead letter topics have 1")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--replication", options.replication, "Copies of each partition")
      ->check(CLI::Range(1, 10))
      ->capture_default_str();
  app.add_option(
      "--prefix", options.prefix,
      "The prefix of every topic's name, as [kafka] topic_prefix in the services' configuration");
  app.add_option(
      "--config", options.config_file,
      "A file of librdkafka's properties, one KEY=VALUE per line, such as those for TLS and SASL");
  app.add_option("--acls", options.acl_file,
                 "A file of ACLs for the topics and groups, such as deploy/kafka/acls.txt; "
                 "--prefix applies to it");
  CLI11_PARSE(app, argc, argv);
  return waybill::Run(options);
}
