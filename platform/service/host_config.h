// What an operator may set of every service: the sections [grpc], [limits], [auth], [postgres],
// [kafka], [inbox], [retention] and [metrics].
#pragma once

#include <string>

#include "platform/auth/config.h"
#include "platform/config/config_reader.h"
#include "platform/grpc/caller_limits.h"
#include "platform/grpc/server.h"
#include "platform/inbox/config.h"
#include "platform/kafka/client_config.h"
#include "platform/metrics/config.h"
#include "platform/postgres/config.h"
#include "platform/retention/config.h"

namespace waybill::service {

// A service's own Config derives from it.
struct HostConfig {
  grpc::ServerConfig grpc;
  grpc::CallerLimitsConfig limits;
  auth::AuthConfig auth;
  postgres::PostgresConfig postgres;
  kafka::KafkaConfig kafka;
  inbox::InboxConfig inbox;
  // What the service retires, and when, is in its own Config.
  retention::RetentionConfig retention;
  // How long the record of operators' calls is kept; 0: for ever.
  absl::Duration operator_call_retention;
  metrics::MetricsConfig metrics;
};

// `default_listen`: where gRPC is served unless grpc.listen says otherwise.
HostConfig ReadHostConfig(ConfigReader& reader, const std::string& default_listen);

}  // namespace waybill::service
