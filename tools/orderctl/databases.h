// Works in the services' databases for an operator.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "platform/postgres/config.h"
#include "platform/postgres/pool.h"
#include "platform/postgres/transaction.h"
#include "tools/orderctl/session.h"
#include "tools/verify/facts.h"

namespace waybill::orderctl {

// The connection string of that service's database. Borrowed from `databases`.
const std::string& DatabaseOf(const Databases& databases, verify::Consumer service);

// A pool of a single session.
postgres::PostgresConfig OneSession(const std::string& conninfo);

// Runs `body` in a transaction, for 10 s at most; `what` names it in messages. Errors as
// RunTransaction's.
absl::Status RunIn(postgres::Pool& pool, const std::string& what,
                   absl::FunctionRef<absl::Status(postgres::Transaction&)> body);

}  // namespace waybill::orderctl
