#include "platform/metrics/config.h"

namespace waybill::metrics {

MetricsConfig ReadMetricsConfig(ConfigReader& reader) {
  MetricsConfig config;
  config.listen = reader.String("metrics.listen", config.listen);
  config.poll_every = reader.Duration("metrics.poll_every", config.poll_every,
                                      {absl::Milliseconds(100), absl::Minutes(10)});
  return config;
}

}  // namespace waybill::metrics
