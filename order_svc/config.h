// What an operator may set of order_svc.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/grpc/server.h"
#include "platform/inbox/config.h"
#include "platform/kafka/client_config.h"
#include "platform/metrics/config.h"
#include "platform/postgres/config.h"

namespace waybill::order_svc {

struct Config {
  std::string log_level = "info";
  grpc::ServerConfig grpc;
  postgres::PostgresConfig postgres;
  kafka::KafkaConfig kafka;
  inbox::InboxConfig inbox;
  metrics::MetricsConfig metrics;
  // An order not confirmed by then is cancelled.
  absl::Duration order_timeout = absl::Minutes(30);
  absl::Duration timeout_check_every = absl::Seconds(1);
  absl::Duration watch_poll_every = absl::Milliseconds(50);
};

// Errors: ConfigReader's, every mistake in one message.
absl::StatusOr<Config> LoadConfig(const std::string& path);

}  // namespace waybill::order_svc
