#include "platform/postgres/transaction.h"

#include <poll.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "platform/postgres/connection.h"
#include "platform/postgres/pqxx_compat.h"
#include "platform/postgres/result_rows.h"
#include "platform/types/strings.h"

#ifdef __SANITIZE_ADDRESS__
// libpqxx 6.4 loses one empty result with each connection that breaks: it asks for the encoding,
// and throws, before the result has an owner (connection_base::make_result).
extern "C" const char* __lsan_default_suppressions() { return "leak:PQmakeEmptyPGresult\n"; }
#endif

namespace waybill::postgres {

namespace {

// PostgreSQL tells prepared statements apart by the first 63 bytes of their names.
std::string NameOfAll(const std::string& joined) {
  constexpr std::size_t kMostBytes = 63, kKept = 44;
  if (joined.size() <= kMostBytes) return joined;
  return StrCat(std::string_view(joined).substr(0, kKept), "+",
                std::hash<std::string>()(joined) % 1'000'000'000'000'000);
}

}  // namespace

Param::Param(absl::Time time)
    : text_(absl::FormatTime("%Y-%m-%d %H:%M:%E6S+00", time, absl::UTCTimeZone())) {}

std::string HexBytes(std::string_view bytes) {
  return StrCat("\\x", absl::BytesToHexString(ToAbsl(bytes)));
}

Connection::Connection(const std::string& conninfo, const Settings& settings, int generation)
    : raw_(conninfo), generation_(generation) {
  compat::ForbidReconnect(raw_);
  pqxx::nontransaction(raw_).exec(ServiceSessionSql(settings, raw_.server_version()));
}

bool Connection::HasEnded() const {
  pollfd socket{.fd = raw_.sock(), .events = POLLIN, .revents = 0};
  return !IsOpen() || poll(&socket, 1, 0) != 0;
}

void Connection::EnsurePrepared(const std::string& name, absl::FunctionRef<std::string()> sql) {
  if (prepared_.contains(name)) return;
  raw_.prepare(name, sql());
  prepared_.insert(name);
}

Result Transaction::ExecParams(const Statement& statement, const std::vector<Param>& params) {
  Flush();
  return ExecPrepared(
      statement.name, [&] { return ExpandedSql(statement); }, params);
}

void Transaction::Write(const Statement& statement, const Rows& rows) {
  if (rows.empty()) return;
  for (const PendingWrite& write : pending_) {
    // Two runs of one statement must not share a snapshot: they could touch the same rows.
    if (write.statement == &statement) {
      Flush();
      break;
    }
  }
  pending_.push_back({&statement, rows.Parameters()});
}

Result Transaction::WriteNow(const Statement& statement, const Rows& rows) {
  pending_.push_back({&statement, rows.Parameters()});
  return ExecPending();
}

void Transaction::Flush() {
  if (!pending_.empty()) ExecPending();
}

Result Transaction::ExecPending() {
  std::vector<PendingWrite> writes = std::exchange(pending_, {});
  std::vector<std::string> names;
  std::vector<Param> params;
  for (PendingWrite& write : writes) {
    names.emplace_back(write.statement->name);
    for (std::string& array : write.arrays) params.emplace_back(std::move(array));
  }
  return ExecPrepared(
      NameOfAll(absl::StrJoin(names, "+")), [&writes] { return SqlOf(writes); }, params);
}

// The last write is the main statement; the others precede it in its WITH clause.
std::string Transaction::SqlOf(const std::vector<PendingWrite>& writes) {
  std::string sql;
  int taken = 0;
  for (std::size_t i = 0; i < writes.size(); ++i) {
    const Statement& statement = *writes[i].statement;
    const std::string expanded = ExpandedSql(statement, taken);
    if (i + 1 == writes.size()) return StrCat(sql, " ", expanded);
    StrAppend(&sql, sql.empty() ? "WITH " : ", ", statement.name, " AS (", expanded, ")");
    taken += static_cast<int>(ColumnsOf(statement).size());
  }
  return sql;
}

Result Transaction::ExecPrepared(const std::string& name, absl::FunctionRef<std::string()> sql,
                                 const std::vector<Param>& params) {
  if (statements_left_-- <= 0) {
    throw std::logic_error("a transaction of one statement can't run another: " + name);
  }
  connection_.EnsurePrepared(name, sql);
  std::vector<const char*> texts;
  texts.reserve(params.size());
  for (const Param& param : params) texts.push_back(param.text() ? param.text()->c_str() : nullptr);
  auto rows = std::make_shared<ResultRows>();
  rows->rows = compat::ExecPrepared(work_, name, texts);
  return Result(std::move(rows));
}

}  // namespace waybill::postgres
