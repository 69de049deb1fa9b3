#include "platform/metrics/config.h"

namespace waybill::metrics {

MetricsConfig ReadMetricsConfig(ConfigReader& reader) {
  MetricsConfig config;
  config.listen = reader.String("metrics.listen", config.listen);
  config.tls = tls::ReadTlsConfig(reader, "metrics");
  config.tls.require_client_certificate = !config.tls.client_ca.empty();
  if (config.listen.empty()) {
    reader.Bool("metrics.insecure", false);
  } else {
    tls::ReadInsecure(reader, "metrics", config.listen, config.tls);
  }
  config.poll_every = reader.Duration("metrics.poll_every", config.poll_every,
                                      {absl::Milliseconds(100), absl::Minutes(10)});
  return config;
}

}  // namespace waybill::metrics
