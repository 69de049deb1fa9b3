// PgConnection wraps libpq for the relay's SQL and replication, and lets no wait last for ever.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outbox_relay/base/session_settings.h"

namespace waybill::outbox_relay {

class PgResult {
 public:
  explicit PgResult(PGresult* result) : result_(result, PQclear) {}
  int rows() const { return PQntuples(result_.get()); }
  bool IsNull(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
  // Lives as long as this result.
  std::string_view Text(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
  }
  ExecStatusType status() const { return PQresultStatus(result_.get()); }
  const PGresult* get() const { return result_.get(); }

 private:
  std::unique_ptr<PGresult, decltype(&PQclear)> result_;
};

// Not thread-safe. Errors: kUnavailable when the connection is gone or doesn't answer in time (it
// is of no use afterwards), kAborted for an error that PostgreSQL reports, with its SQLSTATE in
// SqlState(status).
class PgConnection {
 public:
  enum class Kind { kSql, kReplication };
  using Param = std::optional<std::string>;

  // `conninfo` as libpq takes it; timeouts that make a cut connection visible within 10 s are added
  // where it has none. `settings` come on top of those that every session has
  // (base/session_settings.h). InvalidArgument when libpq can't parse it. Blocks for `timeout`, and
  // for as long again when the server is slow to set what the startup packet can't.
  static absl::StatusOr<PgConnection> Connect(const std::string& conninfo, Kind kind,
                                              const Settings& settings, absl::Duration timeout);

  // One statement with text parameters and text results. Blocks for `timeout` at most.
  absl::StatusOr<PgResult> Exec(const std::string& sql, const std::vector<Param>& params = {},
                                absl::Duration timeout = absl::Seconds(10));
  // As Exec, but without the extended protocol, which replication connections don't speak.
  absl::StatusOr<PgResult> ExecSimple(const std::string& sql,
                                      absl::Duration timeout = absl::Seconds(10));
  // Reads what the server sent without having been asked: a notice, or that it ends the session,
  // which is kUnavailable. Never blocks. To be called while no statement runs, when the socket is
  // readable.
  absl::Status TakeUnasked();
  // Waits until the socket is readable, or writable too; false after `timeout`.
  bool WaitForSocket(bool for_writing, absl::Duration timeout) const;

  PGconn* get() const { return connection_.get(); }
  int socket() const { return PQsocket(connection_.get()); }
  int server_version() const { return PQserverVersion(connection_.get()); }
  // What the database stores text in, by PostgreSQL's name for it: "UTF8", "LATIN1".
  std::string server_encoding() const;
  absl::Status Broken(std::string_view doing) const;

 private:
  explicit PgConnection(PGconn* connection) : connection_(connection, PQfinish) {}
  absl::StatusOr<PgResult> Await(const std::string& sql, absl::Duration timeout);

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

// InvalidArgument if libpq can't parse it.
absl::Status CheckConninfo(const std::string& conninfo);

// The five-character SQLSTATE of an error from PgConnection, or "".
std::string SqlState(const absl::Status& status);
// The status with the SQLSTATE of `result`, if that is an error of the server's.
absl::Status WithSqlState(absl::Status status, const PGresult* result);

// The name or the text, quoted for SQL.
std::string QuoteIdentifier(std::string_view name);
std::string QuoteTable(std::string_view schema, std::string_view table);
std::string QuoteLiteral(std::string_view text);
// The text form of an array, for parameters: text[] of `values`; a null stays null.
std::string ArrayLiteral(const std::vector<std::optional<std::string>>& values);
// The text form of a bytea.
std::string ByteaLiteral(std::string_view bytes);
// The bytes of a bytea's text form (bytea_output = hex).
std::string ParseBytea(std::string_view text);
// The same of a bytea[] without nulls.
std::vector<std::string> ParseByteaArray(std::string_view text);

}  // namespace waybill::outbox_relay
