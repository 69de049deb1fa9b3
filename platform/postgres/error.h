// Converts PostgreSQL's errors into statuses.
#pragma once

#include <exception>
#include <string>

#include "absl/status/status.h"

namespace waybill::postgres {

// The status a libpqxx exception stands for. The message names the work (`what`) and has
// PostgreSQL's own words, without the DETAIL that may quote a row. By SQLSTATE:
//
// - kInvalidArgument: class 22 or 23 (bad data, constraint); the same again fails again.
// - kAborted: serialisation failure, deadlock, lock timeout (40001, 40P01, 55P03); retry.
// - kUnavailable: broken connection, server starting, stopping or out of something; retry. So are the
//   states that are the session's fault: a server that was read-only when it began (25006), or another
//   state of its transactions (25), a plan that the tables have outgrown (0A000), statements that are
//   no longer or already prepared in it (26000, 42P05).
// - kUnknown: the connection broke during COMMIT; the commit may or may not have happened.
// - kDeadlineExceeded: statement timeout (57014).
// - kFailedPrecondition: wrong schema, missing right or database (class 42, 3D, 28); a column that
//   must not be NULL and that we don't know (23502), a row that no partition takes (23514 without a
//   constraint). All work of the kind fails alike, until somebody mends the database.
// - kInternal: anything else.
//
// Call inside a catch block with the exception caught.
absl::Status StatusOf(const std::exception& error, const std::string& what);

// The five-character SQLSTATE of a status from StatusOf; "" of every other, and where libpqxx doesn't
// report it.
std::string SqlStateOf(const absl::Status& status);

// Whether another session may do what this one has failed to do: its prepared plans, its search_path,
// its role or its caches are those of an earlier database (classes 0A, 25, 26, 42, 3F, XX000).
bool MayBeTheSessions(const absl::Status& status);

// Whether the database answers, and refuses the work for a reason that isn't the work's own: it is
// read-only, out of disk or memory, or its schema or rights are not those that the statements need.
bool IsRefusal(const absl::Status& status);

// Whether a statement that commits itself may have been executed although it ended in this error:
// the session broke, or the server ended it.
bool LeavesInDoubt(const std::exception& error);

// Whether a statement violated a unique key (SQLSTATE 23505).
bool IsUniqueViolation(const std::exception& error);

// Whether the transaction should be run again: kAborted, kUnavailable, kUnknown, kDeadlineExceeded.
// kUnknown is one of them because a unique key keeps every transaction here from taking effect
// twice: the retry waits for the first attempt and then finds its rows.
bool IsTransient(const absl::Status& status);

}  // namespace waybill::postgres
