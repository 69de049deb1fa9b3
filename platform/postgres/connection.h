// Connection is a session with the statements prepared in it. It wraps libpqxx for this folder
// alone.
#pragma once

#include <pqxx/pqxx>
#include <set>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "platform/postgres/session_settings.h"

namespace waybill::postgres {

// One thread at a time.
class Connection {
 public:
  // Connects and makes the settings. Throws pqxx::broken_connection, or what the server has against
  // a setting. Blocks for at most the connect timeout of 5 s per host (config.cc), and a round trip.
  Connection(const std::string& conninfo, const Settings& settings, int generation = 0);

  pqxx::connection& raw() { return raw_; }
  bool IsOpen() const { return raw_.is_open(); }
  // Whether an idle session is of no use any more: the server has sent something that nobody asked for,
  // which is its farewell, or has closed the connection. Never blocks.
  bool HasEnded() const;
  // As the pool counts (pool.h).
  int generation() const { return generation_; }
  // A statement failed in a way that another session may not know: the pool decides what becomes of
  // this one.
  void Suspect() { is_suspect_ = true; }
  bool TakeSuspicion() { return std::exchange(is_suspect_, false); }
  // Prepares the SQL that `sql` returns under this name, unless this session has done so before.
  void EnsurePrepared(const std::string& name, absl::FunctionRef<std::string()> sql);

 private:
  pqxx::connection raw_;
  const int generation_;
  bool is_suspect_ = false;
  std::set<std::string, std::less<>> prepared_;
};

}  // namespace waybill::postgres
