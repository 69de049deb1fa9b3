#include "inventory_svc/config.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "platform/config/config_reader.h"

namespace waybill::inventory_svc {
namespace {

constexpr std::array<std::string_view, 4> kLogLevels = {"debug", "info", "warn", "error"};

std::string ReadLogLevel(ConfigReader& reader) {
  std::string level = reader.String("log.level", "info");
  if (std::ranges::find(kLogLevels, level) == kLogLevels.end()) {
    reader.AddError("log.level", "must be debug, info, warn or error");
  }
  return level;
}

}  // namespace

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  absl::StatusOr<ConfigReader> reader = ConfigReader::Load(path);
  if (!reader.ok()) return reader.status();
  Config config;
  config.log_level = ReadLogLevel(*reader);
  config.grpc = grpc::ReadServerConfig(*reader, "127.0.0.1:7103");
  config.postgres = postgres::ReadPostgresConfig(*reader);
  config.kafka = kafka::ReadKafkaConfig(*reader);
  config.inbox = inbox::ReadInboxConfig(*reader);
  config.metrics = metrics::ReadMetricsConfig(*reader);
  if (absl::Status status = reader->Finish(); !status.ok()) return status;
  return config;
}

}  // namespace waybill::inventory_svc
