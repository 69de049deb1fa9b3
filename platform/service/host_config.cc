#include "platform/service/host_config.h"

#include "platform/types/strings.h"

namespace waybill::service {
namespace {

// Metadata is believed from this machine only, or from a proxy whose certificate is known.
void CheckWhoIsBelieved(ConfigReader& reader, const HostConfig& config) {
  const bool believes_anybody = config.auth.metadata && config.auth.proxies.empty();
  if (!believes_anybody || config.grpc.insecure || grpc::IsLoopback(config.grpc.listen)) return;
  reader.AddError("auth.mode",
                  StrCat("\"metadata\" lets whoever reaches ", config.grpc.listen,
                         " be anybody: use \"jwt\" or \"mtls\", name auth.metadata.proxies, or say "
                         "grpc.insecure = true if something else protects it"));
}

}  // namespace

HostConfig ReadHostConfig(ConfigReader& reader, const std::string& default_listen) {
  const grpc::ServerConfig grpc = grpc::ReadServerConfig(reader, default_listen);
  HostConfig config{.grpc = grpc,
                    .auth = auth::ReadAuthConfig(reader, !grpc.tls.client_ca.empty()),
                    .postgres = postgres::ReadPostgresConfig(reader),
                    .kafka = kafka::ReadKafkaConfig(reader),
                    .inbox = inbox::ReadInboxConfig(reader),
                    .retention = retention::ReadRetentionConfig(reader),
                    .metrics = metrics::ReadMetricsConfig(reader)};
  CheckWhoIsBelieved(reader, config);
  return config;
}

}  // namespace waybill::service
