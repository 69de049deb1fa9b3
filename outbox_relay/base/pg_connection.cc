#include "outbox_relay/base/pg_connection.h"

#include <poll.h>

#include <cstdlib>

#include "absl/strings/cord.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "outbox_relay/base/steady_time.h"
#include "platform/postgres/conninfo.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr char kSqlStateKey[] = "outbox_relay/sqlstate";

std::string Trimmed(const char* message) {
  std::string text = message == nullptr ? "" : message;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return absl::StrReplaceAll(text, {{"\n", "; "}});
}

// `options` of the conninfo, or else of the environment, which an explicit value hides, come first.
void AddSettings(postgres::ConninfoKeywords& values, const Settings& settings) {
  std::string& options = values["options"];
  if (const char* own = std::getenv("PGOPTIONS"); options.empty() && own != nullptr) options = own;
  StrAppend(&options, " ", StartupOptions(settings));
  values["client_encoding"] = "UTF8";
}

absl::StatusOr<PGconn*> FinishConnecting(PGconn* connection, SteadyTime deadline) {
  PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
  while (PQstatus(connection) != CONNECTION_BAD) {
    const absl::Duration left = deadline - SteadyNow();
    if (left <= absl::ZeroDuration()) {
      return absl::UnavailableError("the server did not answer in time");
    }
    pollfd poll_fd{PQsocket(connection),
                   static_cast<short>(wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    if (poll(&poll_fd, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1) <= 0) continue;
    wanted = PQconnectPoll(connection);
    if (wanted == PGRES_POLLING_OK) return connection;
    if (wanted == PGRES_POLLING_FAILED) break;
  }
  return absl::UnavailableError(Trimmed(PQerrorMessage(connection)));
}

}  // namespace

absl::StatusOr<PgConnection> PgConnection::Connect(const std::string& conninfo, Kind kind,
                                                   const Settings& settings,
                                                   absl::Duration timeout) {
  ASSIGN_OR_RETURN(postgres::ConninfoKeywords values, postgres::ParseConninfo(conninfo));
  values.emplace("application_name", "outbox_relay");
  values.emplace("tcp_user_timeout", "10000");
  values.emplace("keepalives_idle", "5");
  values.emplace("keepalives_interval", "2");
  values.emplace("keepalives_count", "3");
  if (kind == Kind::kReplication) values["replication"] = "database";
  AddSettings(values, settings);
  std::vector<const char*> keywords;
  std::vector<const char*> texts;
  for (const auto& [keyword, text] : values) {
    keywords.push_back(keyword.c_str());
    texts.push_back(text.c_str());
  }
  keywords.push_back(nullptr);
  texts.push_back(nullptr);
  PgConnection connection(PQconnectStartParams(keywords.data(), texts.data(), 0));
  if (connection.get() == nullptr) return absl::ResourceExhaustedError("libpq is out of memory");
  // Before it connects: libpq would write what the server warns of then to stderr, between the log's
  // lines.
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  absl::StatusOr<PGconn*> finished = FinishConnecting(connection.get(), SteadyNow() + timeout);
  if (!finished.ok()) {
    return absl::UnavailableError(
        StrCat("the relay can't connect to PostgreSQL: ", finished.status().message()));
  }
  PQsetnonblocking(connection.get(), 1);
  for (const std::string& sql : SettingStatements(settings, connection.server_version())) {
    RETURN_IF_ERROR(connection.ExecSimple(sql, timeout).status());
  }
  return connection;
}

std::string PgConnection::server_encoding() const {
  const char* encoding = PQparameterStatus(get(), "server_encoding");
  return encoding == nullptr ? "UTF8" : encoding;
}

absl::Status PgConnection::Broken(std::string_view doing) const {
  return absl::UnavailableError(StrCat("the connection to PostgreSQL is lost, in: ", doing, ": ",
                                       Trimmed(PQerrorMessage(connection_.get()))));
}

bool PgConnection::WaitForSocket(bool for_writing, absl::Duration timeout) const {
  pollfd poll_fd{socket(), static_cast<short>(for_writing ? POLLIN | POLLOUT : POLLIN), 0};
  if (timeout <= absl::ZeroDuration()) return false;
  return poll(&poll_fd, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout)) + 1) > 0;
}

absl::StatusOr<PgResult> PgConnection::Exec(const std::string& sql,
                                            const std::vector<Param>& params,
                                            absl::Duration timeout) {
  std::vector<const char*> values;
  values.reserve(params.size());
  for (const Param& param : params) values.push_back(param ? param->c_str() : nullptr);
  if (PQsendQueryParams(get(), sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                        nullptr, nullptr, 0) == 0) {
    return Broken(sql);
  }
  return Await(sql, timeout);
}

absl::StatusOr<PgResult> PgConnection::ExecSimple(const std::string& sql, absl::Duration timeout) {
  if (PQsendQuery(get(), sql.c_str()) == 0) return Broken(sql);
  return Await(sql, timeout);
}

absl::Status PgConnection::TakeUnasked() {
  const bool read = PQconsumeInput(get()) != 0;
  PQisBusy(get());  // Parses what was read.
  return read && PQstatus(get()) == CONNECTION_OK ? absl::OkStatus() : Broken("waiting");
}

absl::StatusOr<PgResult> PgConnection::Await(const std::string& sql, absl::Duration timeout) {
  const SteadyTime deadline = SteadyNow() + timeout;
  std::optional<PgResult> last;
  for (;;) {
    const int unsent = PQflush(get());
    if (unsent < 0) return Broken(sql);
    if (unsent > 0 || PQisBusy(get())) {
      if (!WaitForSocket(unsent > 0, deadline - SteadyNow())) {
        return absl::UnavailableError(StrCat("PostgreSQL did not answer within ",
                                             absl::FormatDuration(timeout), ", in: ", sql));
      }
      if (PQconsumeInput(get()) == 0) return Broken(sql);
      continue;
    }
    PGresult* next = PQgetResult(get());
    if (next == nullptr) break;
    last.emplace(next);
    const ExecStatusType status = last->status();
    if (status == PGRES_COPY_BOTH || status == PGRES_COPY_OUT) return *std::move(last);
  }
  if (PQstatus(get()) == CONNECTION_BAD || !last) return Broken(sql);
  if (last->status() == PGRES_COMMAND_OK || last->status() == PGRES_TUPLES_OK) {
    return *std::move(last);
  }
  return WithSqlState(
      absl::AbortedError(StrCat(Trimmed(PQresultErrorMessage(last->get())), ", in: ", sql)),
      last->get());
}

absl::Status CheckConninfo(const std::string& conninfo) {
  return postgres::ParseConninfo(conninfo).status();
}

std::string SqlState(const absl::Status& status) {
  const auto payload = status.GetPayload(kSqlStateKey);
  return payload ? std::string(*payload) : "";
}

absl::Status WithSqlState(absl::Status status, const PGresult* result) {
  if (const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE)) {
    status.SetPayload(kSqlStateKey, absl::Cord(state));
  }
  return status;
}

std::string QuoteIdentifier(std::string_view name) {
  return StrCat("\"", absl::StrReplaceAll(ToAbsl(name), {{"\"", "\"\""}}), "\"");
}

std::string QuoteTable(std::string_view schema, std::string_view table) {
  return StrCat(QuoteIdentifier(schema), ".", QuoteIdentifier(table));
}

std::string QuoteLiteral(std::string_view text) {
  return StrCat("'", absl::StrReplaceAll(ToAbsl(text), {{"'", "''"}}), "'");
}

std::string ArrayLiteral(const std::vector<std::optional<std::string>>& values) {
  std::string array = "{";
  for (const auto& value : values) {
    if (array.size() > 1) array += ',';
    if (!value) {
      array += "NULL";
    } else {
      StrAppend(&array, "\"", absl::StrReplaceAll(*value, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
    }
  }
  return array += '}';
}

std::string ByteaLiteral(std::string_view bytes) {
  return StrCat("\\x", absl::BytesToHexString(ToAbsl(bytes)));
}

std::string ParseBytea(std::string_view text) {
  return absl::HexStringToBytes(absl::StripPrefix(ToAbsl(text), "\\x"));
}

// An array whose elements are the hex forms of bytea needs no unquoting: {"\\x6162","\\x63"}.
std::vector<std::string> ParseByteaArray(std::string_view text) {
  std::vector<std::string> values;
  std::size_t at = 0;
  while ((at = text.find("\\\\x", at)) != std::string_view::npos) {
    const std::size_t end = text.find('"', at);
    values.push_back(ParseBytea(text.substr(at + 1, end - at - 1)));
    at = end;
  }
  return values;
}

}  // namespace waybill::outbox_relay
