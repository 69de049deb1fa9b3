// What may be set of payment_sandbox.
#pragma once

#include <string>

#include "platform/config/config_reader.h"
#include "platform/metrics/config.h"
#include "platform/postgres/config.h"
#include "platform/retention/config.h"

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
  HttpConfig http;
  postgres::PostgresConfig postgres;
  metrics::MetricsConfig metrics;
  retention::RetentionConfig retention;
  // How long payment intents are kept, with their refunds, unless they are authorised and not captured;
  // 0: for ever, as a provider does. A forgotten one can't be refunded any more.
  absl::Duration intent_retention = absl::ZeroDuration();
};

// Sections: [http], [postgres], [metrics] and [retention]. The key comes from the file that http.api_key_file
// names, or PAYMENT_SANDBOX_API_KEY.
Config ReadConfig(ConfigReader& reader);

}  // namespace waybill::payment_sandbox
