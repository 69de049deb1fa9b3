#include "platform/service/host_config.h"

#include "platform/types/strings.h"

namespace waybill::service {
namespace {

constexpr absl::Duration kOperatorCallRetention = absl::Hours(24 * 730);
// The database refuses to delete what is younger (operator_calls_retire).
constexpr absl::Duration kLeastOperatorCallRetention = absl::Hours(24 * 30);

// Metadata is believed from this machine only, or from a proxy whose certificate is known.
void CheckWhoIsBelieved(ConfigReader& reader, const HostConfig& config) {
  const bool believes_anybody = config.auth.metadata && config.auth.proxies.empty();
  if (!believes_anybody || config.grpc.insecure || tls::IsLoopback(config.grpc.listen)) return;
  reader.AddError("auth.mode",
                  StrCat("\"metadata\" lets whoever reaches ", config.grpc.listen,
                         " be anybody: use \"jwt\" or \"mtls\", name auth.metadata.proxies, or say "
                         "grpc.insecure = true if something else protects it"));
}

}  // namespace

HostConfig ReadHostConfig(ConfigReader& reader, const std::string& default_listen) {
  const grpc::ServerConfig grpc = grpc::ReadServerConfig(reader, default_listen);
  HostConfig config{
      .grpc = grpc,
      .limits = grpc::ReadCallerLimitsConfig(reader),
      .auth = auth::ReadAuthConfig(reader, !grpc.tls.client_ca.empty()),
      .postgres = postgres::ReadPostgresConfig(reader),
      .kafka = kafka::ReadKafkaConfig(reader),
      .inbox = inbox::ReadInboxConfig(reader),
      .retention = retention::ReadRetentionConfig(reader),
      .operator_call_retention = retention::ReadPeriod(
          reader, "retention.operator_calls", kOperatorCallRetention, kLeastOperatorCallRetention),
      .metrics = metrics::ReadMetricsConfig(reader)};
  CheckWhoIsBelieved(reader, config);
  return config;
}

}  // namespace waybill::service
