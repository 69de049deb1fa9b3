// payment_sandbox's configuration file.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "platform/metrics/config.h"
#include "platform/postgres/config.h"

namespace waybill::payment_sandbox {

struct HttpConfig {
  // "host:port"; port 0 takes a free one.
  std::string listen = "127.0.0.1:7110";
  // Each open connection keeps one busy.
  int threads = 512;
  // The one key that is taken; when empty, every key that begins with sk_test_.
  std::string api_key;
};

struct Config {
  std::string log_level;
  HttpConfig http;
  postgres::PostgresConfig postgres;
  metrics::MetricsConfig metrics;
};

// Reads the TOML file. Every mistake in it is in the error, one a line
// (platform/config/config_reader.h).
//   [http] listen, threads, api_key_file (or PAYMENT_SANDBOX_API_KEY in the environment)
absl::StatusOr<Config> LoadConfig(const std::string& path);

}  // namespace waybill::payment_sandbox
