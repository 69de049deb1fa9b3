#include "platform/postgres/error.h"

#include <pqxx/pqxx>
#include <string_view>

#include "absl/strings/cord.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "platform/types/strings.h"

namespace waybill::postgres {
namespace {

constexpr char kSqlState[] = "waybill/sqlstate";

// PostgreSQL reports it like a violated constraint, but names none (execPartition.c).
bool IsMissingPartition(std::string_view sqlstate, std::string_view message) {
  return sqlstate == "23514" && message.find("no partition of relation") != std::string_view::npos;
}

absl::StatusCode CodeOf(std::string_view sqlstate, std::string_view message) {
  const std::string_view cls = sqlstate.substr(0, 2);
  if (sqlstate == "23502" || IsMissingPartition(sqlstate, message)) {
    return absl::StatusCode::kFailedPrecondition;
  }
  if (cls == "22" || cls == "23") return absl::StatusCode::kInvalidArgument;
  if (sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "55P03") {
    return absl::StatusCode::kAborted;
  }
  if (sqlstate == "57014") return absl::StatusCode::kDeadlineExceeded;
  if (cls == "08" || cls == "53" || cls == "57") return absl::StatusCode::kUnavailable;
  if (cls == "0A" || cls == "25" || cls == "26" || sqlstate == "42P05") {
    return absl::StatusCode::kUnavailable;
  }
  if (cls == "42" || cls == "3D" || cls == "28" || cls == "3F") {
    return absl::StatusCode::kFailedPrecondition;
  }
  return absl::StatusCode::kInternal;
}

absl::Status WithSqlState(absl::Status status, std::string_view sqlstate) {
  status.SetPayload(kSqlState, absl::Cord(ToAbsl(sqlstate)));
  return status;
}

}  // namespace

absl::Status StatusOf(const std::exception& error, const std::string& what) {
  // DETAIL and CONTEXT quote the row, and with it what isn't for logs: mail addresses, cards.
  const std::string_view text = error.what();
  const std::string_view told = text.substr(0, text.find("\nDETAIL:"));
  // One line, whatever libpq has broken into several.
  const std::string message = StrCat(
      what, ": ",
      absl::StrReplaceAll(absl::StripSuffix(ToAbsl(told), "\n"), {{"\n\t", " "}, {"\n", " "}}));
  if (dynamic_cast<const pqxx::in_doubt_error*>(&error) != nullptr) {
    return absl::UnknownError(message);
  }
  if (dynamic_cast<const pqxx::broken_connection*>(&error) != nullptr) {
    return absl::UnavailableError(message);
  }
  // Not a sql_error in libpqxx 6: serialisation failure, deadlock.
  if (dynamic_cast<const pqxx::transaction_rollback*>(&error) != nullptr) {
    return absl::AbortedError(message);
  }
  // The one that libpqxx 6 throws without its state (42501).
  if (dynamic_cast<const pqxx::insufficient_privilege*>(&error) != nullptr) {
    return WithSqlState(absl::FailedPreconditionError(message), "42501");
  }
  if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&error)) {
    // libpqxx leaves the state empty where the server went away in the middle of a statement.
    if (sql->sqlstate().empty()) return absl::UnavailableError(message);
    return WithSqlState(absl::Status(CodeOf(sql->sqlstate(), message), message), sql->sqlstate());
  }
  return absl::InternalError(message);
}

std::string SqlStateOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kSqlState);
  return payload ? std::string(*payload) : "";
}

bool MayBeTheSessions(const absl::Status& status) {
  const std::string sqlstate = SqlStateOf(status);
  const std::string cls = sqlstate.substr(0, 2);
  return cls == "0A" || cls == "25" || cls == "26" || cls == "42" || cls == "3F" ||
         sqlstate == "XX000";
}

bool IsRefusal(const absl::Status& status) {
  const std::string sqlstate = SqlStateOf(status);
  if (sqlstate.empty()) return false;
  const std::string cls = sqlstate.substr(0, 2);
  return absl::IsFailedPrecondition(status) ||
         (absl::IsUnavailable(status) && cls != "08" && cls != "57");
}

bool LeavesInDoubt(const std::exception& error) {
  // libpqxx derives it from broken_connection, but it is the server's answer: nothing was executed.
  if (dynamic_cast<const pqxx::too_many_connections*>(&error) != nullptr) return false;
  if (dynamic_cast<const pqxx::broken_connection*>(&error) != nullptr) return true;
  const auto* sql = dynamic_cast<const pqxx::sql_error*>(&error);
  if (sql == nullptr) return false;
  const std::string_view cls = std::string_view(sql->sqlstate()).substr(0, 2);
  return cls.empty() || cls == "08" || cls == "57";
}

bool IsUniqueViolation(const std::exception& error) {
  return dynamic_cast<const pqxx::unique_violation*>(&error) != nullptr;
}

bool IsTransient(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDeadlineExceeded:
      return true;
    default:
      return false;
  }
}

}  // namespace waybill::postgres
