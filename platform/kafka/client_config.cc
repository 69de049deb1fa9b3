#include "platform/kafka/client_config.h"

#include <syslog.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "platform/log/log.h"
#include "platform/types/read_file.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::kafka {
namespace {

void LogFromKafka(const rd_kafka_t* /*client*/, int level, const char* facility, const char* text) {
  if (level <= LOG_ERR) {
    log::Warn("librdkafka reports an error", {{"facility", facility}, {"text", text}});
  } else {
    log::Debug("librdkafka reports", {{"facility", facility}, {"text", text}});
  }
}

}  // namespace

KafkaConfig ReadKafkaConfig(ConfigReader& reader) {
  KafkaConfig config;
  config.brokers = reader.String("kafka.brokers");
  config.topic_prefix = reader.String("kafka.topic_prefix", "");
  config.properties = reader.Strings("kafka.properties");
  config.properties.merge(reader.SecretsFromFiles("kafka.property_files"));
  return config;
}

absl::StatusOr<std::map<std::string, std::string>> ReadPropertyFile(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return absl::InvalidArgumentError(text.status().message());
  std::map<std::string, std::string> properties;
  int number = 0;
  for (const absl::string_view untrimmed : absl::StrSplit(*text, '\n')) {
    ++number;
    const std::string_view line = ToStd(absl::StripAsciiWhitespace(untrimmed));
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
      return absl::InvalidArgumentError(StrCat(path, ": line ", number, " is not KEY=VALUE"));
    }
    properties[std::string(line.substr(0, equals))] = std::string(line.substr(equals + 1));
  }
  return properties;
}

absl::StatusOr<Conf> MakeConf(const KafkaConfig& config,
                              const std::map<std::string, std::string>& defaults) {
  Conf conf(rd_kafka_conf_new());
  const auto set = [&conf](const std::string& key, const std::string& value) -> absl::Status {
    char error[256];
    if (rd_kafka_conf_set(conf.get(), key.c_str(), value.c_str(), error, sizeof error) !=
        RD_KAFKA_CONF_OK) {
      return absl::InvalidArgumentError(StrCat("kafka.properties: ", error));
    }
    return absl::OkStatus();
  };
  std::map<std::string, std::string> settings = {
      {"bootstrap.servers", config.brokers}, {"socket.timeout.ms", "10000"},
      {"socket.nagle.disable", "true"},      {"socket.keepalive.enable", "true"},
      {"reconnect.backoff.ms", "50"},        {"reconnect.backoff.max.ms", "2000"},
  };
  for (const auto& [key, value] : defaults) settings[key] = value;
  for (const auto& [key, value] : config.properties) settings[key] = value;
  for (const auto& [key, value] : settings) {
    RETURN_IF_ERROR(set(key, value));
  }
  rd_kafka_conf_set_log_cb(conf.get(), &LogFromKafka);
  return conf;
}

}  // namespace waybill::kafka
