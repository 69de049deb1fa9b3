// payment_svc's configuration file.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "payment_svc/application/drive_payments.h"
#include "payment_svc/gateway/stripe_provider.h"
#include "platform/grpc/server.h"
#include "platform/inbox/config.h"
#include "platform/kafka/client_config.h"
#include "platform/metrics/config.h"
#include "platform/postgres/config.h"

namespace waybill::payment_svc {

struct Config {
  std::string log_level;
  grpc::ServerConfig grpc;
  postgres::PostgresConfig postgres;
  kafka::KafkaConfig kafka;
  inbox::InboxConfig inbox;
  metrics::MetricsConfig metrics;
  StripeOptions provider;
  DriveOptions drive;
};

// Reads the TOML file. Every mistake in it is in the error, one per line
// (platform/config/config_reader.h).
//   [provider] url, api_key_file (or PAYMENT_PROVIDER_API_KEY in the environment), call_timeout,
//              max_in_flight, search_lag
absl::StatusOr<Config> LoadConfig(const std::string& path);

}  // namespace waybill::payment_svc
