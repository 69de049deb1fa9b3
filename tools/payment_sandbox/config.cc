#include "tools/payment_sandbox/config.h"

namespace waybill::payment_sandbox {

Config ReadConfig(ConfigReader& reader) {
  Config config;
  config.http.listen = reader.String("http.listen", config.http.listen);
  config.http.threads =
      static_cast<int>(reader.Int("http.threads", config.http.threads, {1, 2000}));
  config.http.api_key = reader.SecretFromFile("http.api_key_file", "PAYMENT_SANDBOX_API_KEY");
  config.postgres = postgres::ReadPostgresConfig(reader);
  config.metrics = metrics::ReadMetricsConfig(reader);
  config.retention = retention::ReadRetentionConfig(reader);
  config.intent_retention = retention::ReadPeriod(reader, "retention.payment_intents",
                                                  config.intent_retention, absl::Hours(1));
  return config;
}

}  // namespace waybill::payment_sandbox
