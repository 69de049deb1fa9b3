#include "platform/postgres/transaction.h"

#include "absl/strings/escaping.h"
#include "platform/postgres/pqxx_compat.h"
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

std::string BytesOf(const pqxx::field& field) {
  const std::string_view text(field.c_str(), field.size());
  if (text.substr(0, 2) != "\\x") throw std::runtime_error("bytea_output is not hex");
  return absl::HexStringToBytes(ToAbsl(text.substr(2)));
}

absl::Time TimeOf(const pqxx::field& field) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime("%Y-%m-%d %H:%M:%E*S%Ez", field.c_str(), &time, &error)) {
    throw std::runtime_error(StrCat("not a timestamptz: ", field.c_str()));
  }
  return time;
}

Uuid UuidOf(const pqxx::field& field) {
  absl::StatusOr<Uuid> uuid = Uuid::Parse(field.c_str());
  if (!uuid.ok()) throw std::runtime_error(StrCat("not a uuid column: ", field.c_str()));
  return *uuid;
}

Connection::Connection(const std::string& conninfo) : raw_(conninfo) {
  compat::ForbidReconnect(raw_);
}

void Connection::EnsurePrepared(const Statement& statement) {
  if (!prepared_.insert(statement.name).second) return;
  try {
    raw_.prepare(statement.name, statement.sql);
  } catch (...) {
    prepared_.erase(statement.name);
    throw;
  }
}

pqxx::result Transaction::ExecParams(const Statement& statement, const std::vector<Param>& params) {
  connection_.EnsurePrepared(statement);
  std::vector<const char*> texts;
  texts.reserve(params.size());
  for (const Param& param : params) texts.push_back(param.text() ? param.text()->c_str() : nullptr);
  return compat::ExecPrepared(work_, statement.name, texts);
}

}  // namespace waybill::postgres
