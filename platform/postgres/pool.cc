#include "platform/postgres/pool.h"

#include <libpq-fe.h>

#include "absl/time/clock.h"
#include "platform/executor/backoff.h"
#include "platform/log/log.h"
#include "platform/postgres/connection.h"
#include "platform/postgres/conninfo.h"
#include "platform/postgres/error.h"
#include "platform/postgres/pooler_check.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::postgres {
namespace {

constexpr absl::Duration kSuspectAllEvery = absl::Seconds(1);

}  // namespace

Pool::Pool(PostgresConfig config, std::string application_name, PoolMetrics metrics)
    : config_(std::move(config)),
      application_name_(std::move(application_name)),
      metrics_(metrics),
      conninfo_(SessionConninfo(config_, application_name_)) {
  metrics_.sessions_max.Set(config_.pool_size);
}

Pool::~Pool() = default;

Pool::Lease::Lease(Lease&& other) noexcept = default;

Pool::Lease::Lease(Pool* pool, std::unique_ptr<Connection> connection)
    : pool_(pool), connection_(std::move(connection)) {}

Pool::Lease::~Lease() {
  if (connection_) pool_->GiveBack(std::move(connection_));
}

bool Pool::Keeps(Connection& returned, std::vector<std::unique_ptr<Connection>>& closed) {
  const bool is_suspect = returned.TakeSuspicion();
  const bool is_old = returned.generation() != generation_;
  const absl::Time now = absl::Now();
  if (!is_old && (!returned.IsOpen() || (is_suspect && now >= suspects_all_again_at_))) {
    ++generation_;
    suspects_all_again_at_ = now + kSuspectAllEvery;
    closed.swap(idle_);
    metrics_.renewals.Add();
    return false;
  }
  return !is_old && returned.IsOpen();
}

void Pool::GiveBack(std::unique_ptr<Connection> connection) {
  std::vector<std::unique_ptr<Connection>> closed;
  {
    const std::lock_guard lock(mutex_);
    metrics_.sessions_in_use.Set(--lent_);
    if (connection && Keeps(*connection, closed)) idle_.push_back(std::move(connection));
  }
  given_back_.notify_one();
}

void Pool::NoteRefusal(const absl::Status& refusal) {
  metrics_.refusals.Add();
  refusals_.Note(refusal, absl::Now());
}

absl::Status Pool::Refusal() const { return refusals_.Current(absl::Now()); }

std::string Pool::conninfo() const {
  const std::lock_guard lock(mutex_);
  return conninfo_;
}

std::unique_ptr<Connection> Pool::Connect(const std::string& conninfo, int generation) const {
  return std::make_unique<Connection>(conninfo, TimeoutSettings(config_), generation);
}

absl::Status Pool::UseConninfo(const std::string& conninfo) {
  PostgresConfig config = config_;
  config.conninfo = conninfo;
  const std::string wanted = SessionConninfo(config, application_name_);
  if (wanted == this->conninfo()) return absl::OkStatus();
  // libpq's message quotes what it can't read, which may be a part of a password.
  if (!ParseConninfo(conninfo).ok()) {
    return absl::InvalidArgumentError("postgres.conninfo is no connection string");
  }
  try {
    const auto connect = [&] { return Connect(wanted, /*generation=*/0); };
    RETURN_IF_ERROR(CheckPooler(*connect(), connect));
  } catch (const std::exception& error) {
    return StatusOf(error, "connect with the new postgres.conninfo");
  }
  // Closed after the lock is released.
  std::vector<std::unique_ptr<Connection>> closed;
  const std::lock_guard lock(mutex_);
  conninfo_ = wanted;
  ++generation_;
  closed.swap(idle_);
  return absl::OkStatus();
}

absl::StatusOr<Pool::Lease> Pool::Acquire(absl::Time deadline) {
  const absl::Time begun_at = absl::Now();
  absl::StatusOr<Lease> lease = TakeOrConnect(deadline);
  metrics_.wait.Observe(absl::Now() - begun_at);
  if (absl::IsResourceExhausted(lease.status())) {
    metrics_.timeouts.Add();
  } else if (!lease.ok()) {
    metrics_.connect_failures.Add();
  }
  return lease;
}

std::unique_ptr<Connection> Pool::TakeIdle(std::vector<std::unique_ptr<Connection>>& closed) {
  while (!idle_.empty()) {
    std::unique_ptr<Connection> connection = std::move(idle_.back());
    idle_.pop_back();
    if (!connection->HasEnded()) return connection;
    closed.push_back(std::move(connection));
  }
  return nullptr;
}

absl::StatusOr<Pool::Lease> Pool::TakeOrConnect(absl::Time deadline) {
  int generation = 0;
  std::string conninfo;
  // Closed after the lock is released.
  std::vector<std::unique_ptr<Connection>> closed;
  {
    std::unique_lock lock(mutex_);
    if (!given_back_.wait_until(lock, absl::ToChronoTime(deadline),
                                [this] { return lent_ < config_.pool_size; })) {
      return absl::ResourceExhaustedError(StrCat(
          "all ", config_.pool_size, " database sessions of ", application_name_, " are busy"));
    }
    metrics_.sessions_in_use.Set(++lent_);
    if (std::unique_ptr<Connection> connection = TakeIdle(closed)) {
      return Lease(this, std::move(connection));
    }
    generation = generation_;
    conninfo = conninfo_;
  }
  try {
    return Lease(this, Connect(conninfo, generation));
  } catch (const std::exception& error) {
    GiveBack(nullptr);
    // libpq's message names the server; the connection string may hold a password.
    return StatusOf(error, "connect");
  }
}

// libpqxx reports no SQLSTATE for a connection that failed. A server that takes connections, but
// not this one, refuses the database, the role or the password; or, after all that time, its
// max_connections are too few.
absl::Status Pool::Judge(const absl::Status& failure) const {
  if (!absl::IsUnavailable(failure) || PQping(conninfo().c_str()) != PQPING_OK) return failure;
  return absl::FailedPreconditionError(failure.message());
}

absl::Status Pool::WaitUntilReachable() {
  // A string libpq can't even parse never gets better.
  if (const auto keywords = ParseConninfo(config_.conninfo); !keywords.ok()) {
    return absl::InvalidArgumentError(StrCat("postgres.", keywords.status().message()));
  }
  const absl::Time deadline = absl::Now() + config_.start_timeout;
  Backoff backoff({.initial = absl::Milliseconds(50), .max = absl::Seconds(1)});
  while (true) {
    absl::StatusOr<Lease> lease = Acquire(deadline);
    if (lease.ok()) {
      return CheckPooler(**lease, [this] { return Connect(conninfo(), /*generation=*/0); });
    }
    const absl::Duration wait = backoff.Next();
    if (absl::Now() + wait > deadline) return Judge(lease.status());
    log::Warn("the database is not reachable yet", {{"error", lease.status().message()}});
    absl::SleepFor(wait);
  }
}

}  // namespace waybill::postgres
