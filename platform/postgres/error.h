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

// kAborted, kUnavailable, kUnknown and kDeadlineExceeded. kUnknown too, since every transaction
// here is kept from happening twice by a unique key: a retry waits for the old transaction and
// then finds its rows.
// Whether a statement that commits itself may have been executed although it ended in this error: the
// session broke, or was ended by the server.
bool LeavesInDoubt(const std::exception& error);

// Whether a statement met a unique key that is there already.
bool IsUniqueViolation(const std::exception& error);

bool IsTransient(const absl::Status& status);

}  // namespace waybill::postgres
