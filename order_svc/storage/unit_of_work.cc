#include "order_svc/storage/unit_of_work.h"

#include <algorithm>
#include <string>

#include "absl/time/clock.h"
#include "platform/postgres/run_transaction.h"
#include "platform/request_keys/request_keys.h"
#include "platform/types/error.h"

namespace waybill::order_svc {
namespace {

// A caller with much time is told soon that all sessions are busy, and has time left to come back;
// one with little gets four fifths of it.
constexpr absl::Duration kMaxWaitForSession = absl::Seconds(2);
constexpr absl::Duration kRetryAfter = absl::Milliseconds(250);

absl::Time BeginBy(absl::Time deadline) {
  const absl::Time now = absl::Now();
  return now + std::min(kMaxWaitForSession, (deadline - now) * 0.8);
}

}  // namespace

std::map<RequestKeyStore::RequestKey, RequestKeyStore::Record> RequestKeyRepository::Insert(
    absl::Span<const Record> records) {
  return request_keys::Insert(tx_, records);
}

std::map<RequestKeyStore::RequestKey, RequestKeyStore::Record> RequestKeyRepository::Find(
    absl::Span<const RequestKey> keys) {
  return request_keys::Find(tx_, keys);
}

absl::Status PostgresUnitOfWork::Run(std::string_view name, absl::Time deadline,
                                     absl::FunctionRef<absl::Status(const Stores&)> body) {
  absl::Status status = postgres::RunTransaction(
      pool_, {.name = std::string(name), .deadline = BeginBy(deadline)},
      [&](postgres::Transaction& tx) {
        OrderRepository orders(tx, encoder_);
        CatalogRepository catalog(tx);
        RequestKeyRepository keys(tx);
        if (absl::Status done = body({orders, catalog, keys}); !done.ok()) return done;
        // Nothing is written for one who has gone: the last moment to tell is before the commit.
        if (absl::Now() >= deadline) {
          return absl::DeadlineExceededError("the deadline passed, nothing was written");
        }
        return absl::OkStatus();
      });
  if (absl::IsResourceExhausted(status) && !RetryAfterOf(status)) {
    SetRetryAfter(status, kRetryAfter);
  }
  return status;
}

}  // namespace waybill::order_svc
