#include "payment_svc/config.h"

#include "platform/config/config_reader.h"

namespace waybill::payment_svc {

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  absl::StatusOr<ConfigReader> reader = ConfigReader::Load(path);
  if (!reader.ok()) return reader.status();
  Config config;
  config.log_level = reader->String("log.level", "info");
  config.grpc = grpc::ReadServerConfig(*reader, "127.0.0.1:7102");
  config.postgres = postgres::ReadPostgresConfig(*reader);
  config.kafka = kafka::ReadKafkaConfig(*reader);
  config.inbox = inbox::ReadInboxConfig(*reader);
  config.metrics = metrics::ReadMetricsConfig(*reader);

  StripeOptions& provider = config.provider;
  provider.url = reader->String("provider.url");
  provider.api_key = reader->SecretFromFile("provider.api_key_file", "PAYMENT_PROVIDER_API_KEY");
  provider.call_timeout = reader->Duration("provider.call_timeout", provider.call_timeout,
                                           {absl::Milliseconds(100), absl::Minutes(2)});
  provider.max_in_flight =
      static_cast<int>(reader->Int("provider.max_in_flight", provider.max_in_flight, {1, 1000}));
  config.drive.max_in_flight = provider.max_in_flight;
  config.drive.call_timeout = provider.call_timeout;
  config.drive.search_lag = reader->Duration("provider.search_lag", config.drive.search_lag,
                                             {absl::ZeroDuration(), absl::Hours(1)});
  if (absl::Status status = reader->Finish(); !status.ok()) return status;
  return config;
}

}  // namespace waybill::payment_svc
