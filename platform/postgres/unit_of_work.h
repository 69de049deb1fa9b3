// The one way a use case opens a transaction.
//
// A service says in storage/stores.h what a transaction offers, as a class made from the
// transaction; a use case runs its work on those stores:
//
//   const absl::Status status = unit_of_work_.Run("cancel_order", deadline, [&](Stores& stores) {
//     std::vector<TracedOrder> orders = stores.orders.Lock({id});
//     ...
//     return absl::OkStatus();
//   });
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

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
// until the deadline or until max_attempts have failed; one that may be the session's fault does so
// once, on a new session.
//
// This includes a commit whose answer was lost. So a unique key must keep `body` from taking effect
// twice, and `body` must rebuild all that it returns on every run.
//
// Blocks. Errors: body's own; StatusOf's (error.h); kResourceExhausted: no session free by the
// deadline. After a commit whose answer was lost: kUnknown, unless a later run succeeds.
// Thread-safe.
absl::Status RunTransaction(Pool& pool, const TransactionOptions& options,
                            absl::FunctionRef<absl::Status(Transaction&)> body);

// Makes one attempt on `connection`: what RunTransaction repeats.
absl::Status TryTransaction(Connection& connection, const std::string& name,
                            absl::FunctionRef<absl::Status(Transaction&)> body);

// Commits `body`'s work for a caller in one READ COMMITTED transaction, unless `body` fails or
// `deadline` has passed before the commit; then nothing is written. A transient failure runs `body`
// again, up to five times, so `body` must rebuild all that it returns, and a unique key must keep
// it from taking effect twice. `name` names the use case in messages.
//
// Blocks until about `deadline` at most. Waits for a free session for 2 s at most, or for four
// fifths of the time left if that is less. Errors besides body's own: kResourceExhausted with a
// retry hint (no session was free; nothing was written), kDeadlineExceeded, and those of StatusOf
// (error.h). Thread-safe.
absl::Status RunUnitOfWork(Pool& pool, std::string_view name, absl::Time deadline,
                           absl::FunctionRef<absl::Status(Transaction&)> body);

// Runs what `body` queues with Transaction::Write as one statement, which commits itself: the
// fastest way for work that reads nothing. `body` must call only Write, once per statement;
// anything else throws std::logic_error. Makes one attempt, on a session that becomes free within
// 100 ms.
//
// Blocks until about `deadline` at most. Errors: as RunUnitOfWork; kUnknown: the session broke, and
// the statement may have been executed. Thread-safe.
absl::Status RunOneStatement(Pool& pool, std::string_view name, absl::Time deadline,
                             absl::FunctionRef<void(Transaction&)> body);

// As RunUnitOfWork, for a worker on which no caller waits: no attempt begins, and no wait for a
// session lasts, longer than `patience`, but an attempt that has begun is committed however long it
// takes. Blocks for `patience` and one transaction at most.
absl::Status RunBackgroundWork(Pool& pool, std::string_view name, absl::Duration patience,
                               absl::FunctionRef<absl::Status(Transaction&)> body);

// Thread-safe. Borrows the pool.
template <typename Stores>
class UnitOfWork {
 public:
  // Stores are made from a transaction and `context`.
  template <typename... Context>
  explicit UnitOfWork(Pool& pool, Context... context)
      : pool_(pool), open_([context...](Transaction& tx) { return Stores(tx, context...); }) {}

  absl::Status Run(std::string_view name, absl::Time deadline,
                   absl::FunctionRef<absl::Status(Stores&)> body) const {
    return RunUnitOfWork(pool_, name, deadline, [&](Transaction& tx) {
      Stores stores = open_(tx);
      return body(stores);
    });
  }

  absl::Status RunOneStatement(std::string_view name, absl::Time deadline,
                               absl::FunctionRef<void(Stores&)> body) const {
    return postgres::RunOneStatement(pool_, name, deadline, [&](Transaction& tx) {
      Stores stores = open_(tx);
      body(stores);
    });
  }

  absl::Status RunInBackground(std::string_view name, absl::Duration patience,
                               absl::FunctionRef<absl::Status(Stores&)> body) const {
    return RunBackgroundWork(pool_, name, patience, [&](Transaction& tx) {
      Stores stores = open_(tx);
      return body(stores);
    });
  }

  // The stores of a transaction that somebody else has opened and commits: the consumer engine.
  Stores Open(Transaction& tx) const { return open_(tx); }

 private:
  Pool& pool_;
  const std::function<Stores(Transaction&)> open_;
};

}  // namespace waybill::postgres
