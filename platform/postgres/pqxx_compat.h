// Hides the differences between libpqxx 6.4 (Debian 12) and 7 (Debian 13).
#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

namespace waybill::postgres::compat {

// libpqxx 6 reconnects behind the caller's back, which would lose a session's locks and settings.
inline void ForbidReconnect([[maybe_unused]] pqxx::connection& connection) {
#if PQXX_VERSION_MAJOR < 7
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored \
    "-Wdeprecated-declarations"  // because libpqxx 7 has no reconnect left
  connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
}

inline pqxx::result ExecPrepared(pqxx::transaction_base& tx, const std::string& name,
                                 const std::vector<const char*>& params) {
#if PQXX_VERSION_MAJOR < 7
  return tx.exec_prepared(name, pqxx::prepare::make_dynamic_params(params));
#else
  pqxx::params all;
  all.reserve(params.size());
  for (const char* param : params) all.append(param);
  return tx.exec(pqxx::prepped{name}, all);
#endif
}

}  // namespace waybill::postgres::compat
