// Statements, parameters and the transaction they run in. The only folder that includes libpqxx
// besides the services' storage/.
#pragma once

#include <cstdint>
#include <optional>
#include <pqxx/pqxx>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "platform/types/uuid.h"

namespace waybill::postgres {

// A named piece of SQL, prepared once per connection. Define it as a constant beside its use:
//
//   constexpr Statement kLockStock{
//       "lock_stock", "SELECT ... WHERE product_id = ANY($1::text[]) ..."};
//
// Names are unique within a service. Cast every parameter ($1::uuid[]): they travel as text.
struct Statement {
  const char* name;
  const char* sql;
};

// One parameter of a statement, in text form.
class Param {
 public:
  Param(std::nullopt_t) {}                                       // NOLINT: implicit by design
  Param(std::string_view text) : text_(text) {}                  // NOLINT
  Param(const std::string& text) : text_(text) {}                // NOLINT
  Param(std::string&& text) : text_(std::move(text)) {}          // NOLINT
  Param(const char* text) : text_(text) {}                       // NOLINT
  Param(bool flag) : text_(flag ? "t" : "f") {}                  // NOLINT
  Param(int number) : text_(std::to_string(number)) {}           // NOLINT
  Param(std::int64_t number) : text_(std::to_string(number)) {}  // NOLINT
  Param(const Uuid& uuid) : text_(uuid.ToString()) {}            // NOLINT
  Param(absl::Time time);                                        // NOLINT
  template <typename Tag>
  Param(const UuidId<Tag>& id) : text_(id.ToString()) {}  // NOLINT
  template <typename T>
  Param(const std::optional<T>& value) {  // NOLINT
    if (value) text_ = Param(*value).text_;
  }

  const std::optional<std::string>& text() const { return text_; }

 private:
  std::optional<std::string> text_;
};

// "\x0a1b…", for a parameter cast to bytea.
std::string HexBytes(std::string_view bytes);
// The bytes of a bytea column (bytea_output = hex).
std::string BytesOf(const pqxx::field& field);
// The time of a timestamptz column, to the microsecond. The session's time zone is UTC (pool.cc).
absl::Time TimeOf(const pqxx::field& field);
// The UUID of a uuid column.
Uuid UuidOf(const pqxx::field& field);

class Connection;

// An open transaction. Throws what libpqxx throws; RunTransaction and the consumer engine, which
// open transactions, catch it. Used by one thread, for as long as the function it was handed to
// runs.
class Transaction {
 public:
  Transaction(Connection& connection, pqxx::dbtransaction& work)
      : connection_(connection), work_(work) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // Blocks for one round trip, at most the connection's statement_timeout.
  template <typename... Args>
  pqxx::result Exec(const Statement& statement, const Args&... args) {
    return ExecParams(statement, {Param(args)...});
  }

 private:
  pqxx::result ExecParams(const Statement& statement, const std::vector<Param>& params);

  Connection& connection_;
  pqxx::dbtransaction& work_;
};

// A session and the statements prepared in it.
class Connection {
 public:
  // Connects; throws pqxx::broken_connection. Blocks for at most connect_timeout (config.h).
  explicit Connection(const std::string& conninfo);

  pqxx::connection& raw() { return raw_; }
  bool IsOpen() const { return raw_.is_open(); }
  // Prepares the statement if this session hasn't yet.
  void EnsurePrepared(const Statement& statement);

 private:
  pqxx::connection raw_;
  std::set<std::string_view> prepared_;
};

}  // namespace waybill::postgres
