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
// - kUnavailable: broken connection, server starting, stopping or out of connections; retry.
// - kUnknown: the connection broke during COMMIT; the commit may or may not have happened.
// - kDeadlineExceeded: statement timeout (57014).
// - kFailedPrecondition: wrong schema, missing right or database (class 42, 3D, 28).
// - kInternal: anything else.
//
// Call inside a catch block with the exception caught.
absl::Status StatusOf(const std::exception& error, const std::string& what);

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
