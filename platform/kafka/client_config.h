// KafkaConfig says how a service reaches Kafka.
#pragma once

#include <librdkafka/rdkafka.h>

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "platform/config/config_reader.h"

namespace waybill::kafka {

struct KafkaConfig {
  std::string brokers;
  // Stands before every topic's name and every consumer group's; for tests that share a broker.
  std::string topic_prefix;
  // librdkafka's own keys, passed through (TLS, SASL, tuning); they win over ours.
  std::map<std::string, std::string> properties;
};

// Reads the section [kafka] with [kafka.properties] and, for secrets, [kafka.property_files].
KafkaConfig ReadKafkaConfig(ConfigReader& reader);

// Reads a file of librdkafka's properties in kcat's format: one KEY=VALUE per line; blank lines and
// lines that begin with # are skipped. kInvalidArgument: the file can't be read, or a line isn't
// KEY=VALUE; the message has the line's number, but not its text, which may be a secret.
absl::StatusOr<std::map<std::string, std::string>> ReadPropertyFile(const std::string& path);

struct ConfDeleter {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, ConfDeleter>;

// Settings every client here has (bootstrap.servers, socket timeouts of 10 s, logging into ours),
// then `defaults`, then config.properties. kInvalidArgument names the key librdkafka refuses.
absl::StatusOr<Conf> MakeConf(const KafkaConfig& config,
                              const std::map<std::string, std::string>& defaults);

}  // namespace waybill::kafka
