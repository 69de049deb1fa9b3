#include "platform/postgres/config.h"

#include <algorithm>
#include <utility>

#include "platform/postgres/conninfo.h"
#include "platform/types/strings.h"

namespace waybill::postgres {

PostgresConfig ReadPostgresConfig(ConfigReader& reader) {
  PostgresConfig config;
  config.conninfo = reader.String("postgres.conninfo");
  config.pool_size = static_cast<int>(reader.Int("postgres.pool_size", config.pool_size, {1, 200}));
  config.start_timeout = reader.Duration("postgres.start_timeout", config.start_timeout,
                                         {absl::ZeroDuration(), absl::Hours(1)});
  config.statement_timeout = reader.Duration("postgres.statement_timeout", config.statement_timeout,
                                             {absl::Milliseconds(100), absl::Hours(1)});
  return config;
}

PostgresConfig ForMetrics(PostgresConfig config) {
  config.pool_size = 1;
  config.statement_timeout = std::min(config.statement_timeout, absl::Seconds(5));
  return config;
}

std::string SessionConninfo(const PostgresConfig& config, const std::string& application_name) {
  absl::StatusOr<ConninfoKeywords> keywords = ParseConninfo(config.conninfo);
  if (!keywords.ok()) return config.conninfo;
  for (const auto& [keyword, value] : {std::pair{"application_name", application_name.c_str()},
                                       {"connect_timeout", "5"},
                                       {"tcp_user_timeout", "10000"},
                                       {"keepalives", "1"},
                                       {"keepalives_idle", "5"},
                                       {"keepalives_interval", "2"},
                                       {"keepalives_count", "2"}}) {
    (*keywords)[keyword] = value;
  }
  return ConninfoOf(*keywords);
}

Settings TimeoutSettings(const PostgresConfig& config) {
  const auto ms = [](absl::Duration time) { return StrCat(absl::ToInt64Milliseconds(time)); };
  return {{"statement_timeout", ms(config.statement_timeout)},
          {"lock_timeout", ms(config.statement_timeout / 2)},
          {"idle_in_transaction_session_timeout", "30000"}};
}

}  // namespace waybill::postgres
