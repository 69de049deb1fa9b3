// PostgresConfig says how a service reaches its database.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "platform/config/config_reader.h"
#include "platform/postgres/session_settings.h"

namespace waybill::postgres {

struct PostgresConfig {
  // libpq's connection string, or its URI; passwords come from PGPASSFILE or `passfile=`.
  std::string conninfo;
  // Sessions kept, 1 to 200.
  int pool_size = 8;
  // How long a starting process retries to reach the server before it ends.
  absl::Duration start_timeout = absl::Seconds(10);
  // A statement that takes longer is cancelled (SQLSTATE 57014).
  absl::Duration statement_timeout = absl::Seconds(10);
};

// Reads the section [postgres].
PostgresConfig ReadPostgresConfig(ConfigReader& reader);

// For the background queries of metrics: one session besides the pool's, so that they neither wait
// for requests nor delay them, and a statement timeout of 5 s at most.
PostgresConfig ForMetrics(PostgresConfig config);

// The connection string with what every session here has: bounds that make a cut connection visible
// within 10 s, and `application_name`. One that libpq can't read stays as it is: connecting fails.
std::string SessionConninfo(const PostgresConfig& config, const std::string& application_name);

// The bounds of the configuration, for ServiceSessionSql (session_settings.h).
Settings TimeoutSettings(const PostgresConfig& config);

}  // namespace waybill::postgres
