// What an operator may set of inventory_svc.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "platform/grpc/server.h"
#include "platform/inbox/config.h"
#include "platform/kafka/client_config.h"
#include "platform/metrics/config.h"
#include "platform/postgres/config.h"

namespace waybill::inventory_svc {

struct Config {
  // debug, info, warn or error.
  std::string log_level = "info";
  grpc::ServerConfig grpc;
  postgres::PostgresConfig postgres;
  kafka::KafkaConfig kafka;
  inbox::InboxConfig inbox;
  metrics::MetricsConfig metrics;
};

// Reads the file. Errors as ConfigReader's: every mistake in it, one a line.
absl::StatusOr<Config> LoadConfig(const std::string& path);

}  // namespace waybill::inventory_svc
