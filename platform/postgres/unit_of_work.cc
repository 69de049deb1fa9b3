#include "platform/postgres/unit_of_work.h"

#include <algorithm>
#include <string>

#include "absl/time/clock.h"
#include "platform/postgres/run_transaction.h"
#include "platform/types/error.h"
#include "platform/types/status_macros.h"

namespace waybill::postgres {
namespace {

// A caller with much time is told soon that all sessions are busy, and has time left to come back;
// one with little gets four fifths of it.
constexpr absl::Duration kMaxWaitForSession = absl::Seconds(2);
constexpr absl::Duration kRetryAfter = absl::Milliseconds(250);

absl::Time SessionBy(absl::Time deadline) {
  const absl::Time now = absl::Now();
  return now + std::min(kMaxWaitForSession, (deadline - now) * 0.8);
}

}  // namespace

absl::Status RunUnitOfWork(Pool& pool, std::string_view name, absl::Time deadline,
                           absl::FunctionRef<absl::Status(Transaction&)> body) {
  absl::Status status = RunTransaction(
      pool,
      {.name = std::string(name), .deadline = deadline, .first_session_by = SessionBy(deadline)},
      [&](Transaction& tx) {
        RETURN_IF_ERROR(body(tx));
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

absl::Status RunBackgroundWork(Pool& pool, std::string_view name, absl::Duration patience,
                               absl::FunctionRef<absl::Status(Transaction&)> body) {
  return RunTransaction(pool, {.name = std::string(name), .deadline = absl::Now() + patience},
                        body);
}

}  // namespace waybill::postgres
