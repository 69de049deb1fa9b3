// MetricsConfig holds the settings of a process's metrics.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "platform/config/config_reader.h"
#include "platform/tls/config.h"

namespace waybill::metrics {

struct MetricsConfig {
  // "host:port" of the HTTP endpoint; port 0 takes a free one; "" has none.
  std::string listen;
  // A client_ca here is required of every client.
  tls::TlsConfig tls = {};
  // How often the numbers are polled that need a query or a round trip.
  absl::Duration poll_every = absl::Seconds(10);
};

// Reads the section [metrics]. An address other than loopback without TLS is a mistake, unless
// metrics.insecure is true.
MetricsConfig ReadMetricsConfig(ConfigReader& reader);

}  // namespace waybill::metrics
