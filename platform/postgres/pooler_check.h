// Tells poolers that give a session a backend of its own from those that don't.
#pragma once

#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "platform/postgres/connection.h"

namespace waybill::postgres {

// OK when the session has its backend to itself. kFailedPrecondition: a pooler between us and the
// server gives the backend to other sessions between transactions (pgbouncer's pool_mode
// `transaction`), so that prepared statements and settings would be another session's.
//
// Without a pooler it costs one round trip: the process id in the server's greeting is then that of the
// backend. Otherwise two more sessions are opened with `connect` and closed again. Errors besides:
// StatusOf's (error.h).
absl::Status CheckPooler(Connection& session,
                         absl::FunctionRef<std::unique_ptr<Connection>()> connect);

}  // namespace waybill::postgres
