#include "order_svc/config.h"

#include "platform/config/config_reader.h"

namespace waybill::order_svc {
namespace {

bool IsLevel(const std::string& level) {
  return level == "debug" || level == "info" || level == "warn" || level == "error";
}

}  // namespace

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  absl::StatusOr<ConfigReader> reader = ConfigReader::Load(path);
  if (!reader.ok()) return reader.status();
  Config config;
  config.log_level = reader->String("log.level", config.log_level);
  if (!IsLevel(config.log_level)) {
    reader->AddError("log.level", "is not debug, info, warn or error");
  }
  config.grpc = grpc::ReadServerConfig(*reader, "127.0.0.1:7101");
  config.postgres = postgres::ReadPostgresConfig(*reader);
  config.kafka = kafka::ReadKafkaConfig(*reader);
  config.inbox = inbox::ReadInboxConfig(*reader);
  config.metrics = metrics::ReadMetricsConfig(*reader);
  config.order_timeout = reader->Duration("order.timeout", config.order_timeout,
                                          {absl::Milliseconds(100), absl::Hours(24 * 30)});
  config.timeout_check_every =
      reader->Duration("order.timeout_check_every", config.timeout_check_every,
                       {absl::Milliseconds(10), absl::Hours(1)});
  config.watch_poll_every = reader->Duration("order.watch_poll_every", config.watch_poll_every,
                                             {absl::Milliseconds(5), absl::Minutes(1)});
  if (absl::Status status = reader->Finish(); !status.ok()) return status;
  return config;
}

}  // namespace waybill::order_svc
