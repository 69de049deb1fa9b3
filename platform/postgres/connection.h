// Connection is a session with the statements prepared in it. It wraps libpqxx for this folder
// alone.
#pragma once

#include <pqxx/pqxx>
#include <set>
#include <string>

#include "absl/functional/function_ref.h"

namespace waybill::postgres {

// One thread at a time.
class Connection {
 public:
  // Connects; throws pqxx::broken_connection. Blocks for at most the connect timeout of 5 s
  // (config.cc).
  explicit Connection(const std::string& conninfo);

  pqxx::connection& raw() { return raw_; }
  bool IsOpen() const { return raw_.is_open(); }
  // Prepares the SQL that `sql` returns under this name, unless this session has done so before.
  void EnsurePrepared(const std::string& name, absl::FunctionRef<std::string()> sql);

 private:
  pqxx::connection raw_;
  std::set<std::string, std::less<>> prepared_;
};

}  // namespace waybill::postgres
