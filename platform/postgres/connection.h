// Connection is a session with the statements prepared in it. It wraps libpqxx for this folder
// alone.
#pragma once

#include <pqxx/pqxx>
#include <set>
#include <string>
#include <string_view>

#include "platform/postgres/statement.h"

namespace waybill::postgres {

// One thread at a time.
class Connection {
 public:
  // Connects; throws pqxx::broken_connection. Blocks for at most the connect timeout of 5 s
  // (config.cc).
  explicit Connection(const std::string& conninfo);

  pqxx::connection& raw() { return raw_; }
  bool IsOpen() const { return raw_.is_open(); }
  // Prepares the statement unless this session has done so before.
  void EnsurePrepared(const Statement& statement);

 private:
  pqxx::connection raw_;
  std::set<std::string_view> prepared_;
};

}  // namespace waybill::postgres
