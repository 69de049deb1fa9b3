#include "tools/payment_sandbox/config.h"

#include "platform/config/config_reader.h"

namespace waybill::payment_sandbox {

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  absl::StatusOr<ConfigReader> reader = ConfigReader::Load(path);
  if (!reader.ok()) return reader.status();
  Config config;
  config.log_level = reader->String("log.level", "info");
  config.http.listen = reader->String("http.listen", config.http.listen);
  config.http.threads =
      static_cast<int>(reader->Int("http.threads", config.http.threads, {1, 2000}));
  config.http.api_key = reader->SecretFromFile("http.api_key_file", "PAYMENT_SANDBOX_API_KEY");
  config.postgres = postgres::ReadPostgresConfig(*reader);
  config.metrics = metrics::ReadMetricsConfig(*reader);
  if (absl::Status status = reader->Finish(); !status.ok()) return status;
  return config;
}

}  // namespace waybill::payment_sandbox
