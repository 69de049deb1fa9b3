#include "platform/postgres/unit_of_work.h"

#include <algorithm>
#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "platform/executor/backoff.h"
#include "platform/faults/fault_point.h"
#include "platform/log/log.h"
#include "platform/postgres/connection.h"
#include "platform/postgres/error.h"
#include "platform/types/error.h"
#include "platform/types/status_macros.h"

namespace waybill::postgres {
namespace {

// A caller with much time is told soon that all sessions are busy, and has time left to come back;
// one with little gets four fifths of it.
constexpr absl::Duration kMaxWaitForSession = absl::Seconds(2);
constexpr absl::Duration kShortWaitForSession = absl::Milliseconds(100);
constexpr absl::Duration kRetryAfter = absl::Milliseconds(250);

absl::Time SessionBy(absl::Time deadline) {
  const absl::Time now = absl::Now();
  return now + std::min(kMaxWaitForSession, (deadline - now) * 0.8);
}

absl::Status Failed(Connection& session, const std::exception& error, const std::string& name) {
  absl::Status status = StatusOf(error, name);
  if (MayBeTheSessions(status)) session.Suspect();
  return status;
}

}  // namespace

absl::Status TryTransaction(Connection& connection, const std::string& name,
                            absl::FunctionRef<absl::Status(Transaction&)> body) {
  try {
    pqxx::work work(connection.raw());
    Transaction transaction(connection, work);
    const absl::Status status = body(transaction);
    if (!status.ok()) {
      work.abort();
      return status;
    }
    transaction.Flush();
    faults::Point("postgres.before_commit");
    work.commit();
    faults::Point("postgres.after_commit");
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return Failed(connection, error, name);
  }
}

absl::Status RunTransaction(Pool& pool, const TransactionOptions& options,
                            absl::FunctionRef<absl::Status(Transaction&)> body) {
  Backoff backoff;
  absl::Time session_by = std::min(options.deadline, options.first_session_by);
  // Once the answer to a commit was lost, no later failure proves that nothing was written.
  absl::Status in_doubt;
  const auto failed = [&](const absl::Status& status) {
    if (IsRefusal(status)) pool.NoteRefusal(status);
    return in_doubt.ok() ? status : in_doubt;
  };
  bool tried_another_session = false;
  while (true) {
    absl::Status status;
    {
      absl::StatusOr<Pool::Lease> session = pool.Acquire(session_by);
      // All sessions busy until the deadline: the caller's clear, quick error.
      if (absl::IsResourceExhausted(session.status())) return failed(session.status());
      status = session.ok() ? TryTransaction(**session, options.name, body) : session.status();
    }
    if (status.ok()) return status;
    if (absl::IsUnknown(status)) in_doubt = status;
    const bool another_session_may_do =
        MayBeTheSessions(status) && !std::exchange(tried_another_session, true);
    if (!IsTransient(status) && !another_session_may_do) return failed(status);
    const absl::Duration wait = backoff.Next();
    if (backoff.failures() >= options.max_attempts || absl::Now() + wait > options.deadline) {
      return failed(status);
    }
    log::Debug("a transaction failed and will be retried",
               {{"transaction", options.name}, {"error", status.message()}});
    session_by = options.deadline;
    absl::SleepFor(wait);
  }
}

absl::Status RunUnitOfWork(Pool& pool, std::string_view name, absl::Time deadline,
                           absl::FunctionRef<absl::Status(Transaction&)> body) {
  absl::Status status = RunTransaction(
      pool,
      {.name = std::string(name), .deadline = deadline, .first_session_by = SessionBy(deadline)},
      [&](Transaction& tx) {
        RETURN_IF_ERROR(body(tx));
        tx.Flush();
        // Nothing is written for a caller who has gone. This is the last moment to tell.
        if (absl::Now() >= deadline) {
          return absl::DeadlineExceededError("the deadline passed; nothing was written");
        }
        return absl::OkStatus();
      });
  if (absl::IsResourceExhausted(status) && !RetryAfterOf(status)) {
    SetRetryAfter(status, kRetryAfter);
  }
  return status;
}

absl::Status RunOneStatement(Pool& pool, std::string_view name, absl::Time deadline,
                             absl::FunctionRef<void(Transaction&)> body) {
  absl::StatusOr<Pool::Lease> session =
      pool.Acquire(std::min(absl::Now() + kShortWaitForSession, SessionBy(deadline)));
  if (!session.ok()) return session.status();
  if (absl::Now() >= deadline) {
    return absl::DeadlineExceededError("the deadline passed; nothing was written");
  }
  try {
    pqxx::nontransaction work((*session)->raw());
    Transaction transaction(**session, work, Transaction::kOneStatement);
    body(transaction);
    transaction.Flush();
    work.commit();
    faults::Point("postgres.after_commit");
    return absl::OkStatus();
  } catch (const std::exception& error) {
    const absl::Status status = Failed(**session, error, std::string(name));
    return LeavesInDoubt(error) ? absl::UnknownError(status.message()) : status;
  }
}

absl::Status RunBackgroundWork(Pool& pool, std::string_view name, absl::Duration patience,
                               absl::FunctionRef<absl::Status(Transaction&)> body) {
  return RunTransaction(pool, {.name = std::string(name), .deadline = absl::Now() + patience},
                        body);
}

}  // namespace waybill::postgres
