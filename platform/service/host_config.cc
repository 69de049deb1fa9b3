#include "platform/service/host_config.h"

namespace waybill::service {

HostConfig ReadHostConfig(ConfigReader& reader, const std::string& default_listen) {
  return {.grpc = grpc::ReadServerConfig(reader, default_listen),
          .postgres = postgres::ReadPostgresConfig(reader),
          .kafka = kafka::ReadKafkaConfig(reader),
          .inbox = inbox::ReadInboxConfig(reader),
          .metrics = metrics::ReadMetricsConfig(reader)};
}

}  // namespace waybill::service
