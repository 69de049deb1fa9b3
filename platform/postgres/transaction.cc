#include "platform/postgres/transaction.h"

#include <memory>

#include "absl/strings/escaping.h"
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

Param::Param(absl::Time time)
    : text_(absl::FormatTime("%Y-%m-%d %H:%M:%E6S+00", time, absl::UTCTimeZone())) {}

std::string HexBytes(std::string_view bytes) {
  return StrCat("\\x", absl::BytesToHexString(ToAbsl(bytes)));
}

Connection::Connection(const std::string& conninfo) : raw_(conninfo) {
  compat::ForbidReconnect(raw_);
}

void Connection::EnsurePrepared(const Statement& statement) {
  if (!prepared_.insert(statement.name).second) return;
  try {
    raw_.prepare(statement.name, ExpandedSql(statement));
  } catch (...) {
    prepared_.erase(statement.name);
    throw;
  }
}

Result Transaction::ExecParams(const Statement& statement, const std::vector<Param>& params) {
  connection_.EnsurePrepared(statement);
  std::vector<const char*> texts;
  texts.reserve(params.size());
  for (const Param& param : params) texts.push_back(param.text() ? param.text()->c_str() : nullptr);
  auto rows = std::make_shared<ResultRows>();
  rows->rows = compat::ExecPrepared(work_, statement.name, texts);
  return Result(std::move(rows));
}

}  // namespace waybill::postgres
