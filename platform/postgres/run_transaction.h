// Runs work in a transaction, with retries. Use cases call it through UnitOfWork (unit_of_work.h).
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "platform/postgres/pool.h"
#include "platform/postgres/transaction.h"

namespace waybill::postgres {

struct TransactionOptions {
  // Names the work in messages.
  std::string name;
  // No attempt begins after this; waiting for a session ends here.
  absl::Time deadline;
  // The first attempt waits no longer than this for a session.
  absl::Time first_session_by = absl::InfiniteFuture();
  int max_attempts = 5;
};

// Runs `body` in a READ COMMITTED transaction and commits it. A status other than OK from `body`
// rolls back and is returned. A transient failure (error.h) runs the whole body again with backoff,
// until the deadline or until max_attempts have failed.
//
// That includes a commit whose answer was lost, so `body` must be kept from taking effect twice by
// a unique key, and must rebuild all it hands out on every run.
//
// Blocks. Errors: body's own; StatusOf's (error.h); kResourceExhausted: no session free by the
// deadline. After a commit whose answer was lost: kUnknown, unless a later run succeeds.
// Thread-safe.
absl::Status RunTransaction(Pool& pool, const TransactionOptions& options,
                            absl::FunctionRef<absl::Status(Transaction&)> body);

// One attempt on a session already at hand: what RunTransaction repeats.
absl::Status TryTransaction(Connection& connection, const std::string& name,
                            absl::FunctionRef<absl::Status(Transaction&)> body);

}  // namespace waybill::postgres
