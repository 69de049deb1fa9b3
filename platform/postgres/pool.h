// Pool lends a bounded number of database sessions.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/postgres/config.h"
#include "platform/postgres/pool_metrics.h"
#include "platform/postgres/refusals.h"

namespace waybill::postgres {

class Connection;

// Thread-safe. Owned by the App; must outlive its leases. Sessions are opened when first needed. One
// that is returned broken, or suspected (error.h, MayBeTheSessions), is closed, and so are all that
// are as old: what broke it, or what it doesn't know yet, most likely concerns them all. Suspicion
// alone does that once per second at most, so that a lasting refusal doesn't cost a connection per
// call. One that the server has ended while it was idle (a restart, an operator, a time-out, a pooler) is
// never lent: what is sent over it would have an unknown outcome.
class Pool {
 public:
  Pool(PostgresConfig config, std::string application_name, PoolMetrics metrics = {});
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // A borrowed session; its destructor returns it. One thread at a time.
  class Lease {
   public:
    Lease(Pool* pool, std::unique_ptr<Connection> connection);
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    Connection& operator*() { return *connection_; }
    Connection* operator->() { return connection_.get(); }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  // Waits until `deadline` for a free session, and connects if it has to (at most 5 s more).
  // kResourceExhausted: all were busy until the deadline. kUnavailable: the server can't be
  // reached, or refuses us.
  absl::StatusOr<Lease> Acquire(absl::Time deadline);

  // For the start of a process: retries to connect for config.start_timeout, then returns the last
  // error: kUnavailable when the server can't be reached, kFailedPrecondition when it can and
  // refuses us (no such database or role, wrong password). kInvalidArgument, at once: a connection
  // string that libpq can't read. kFailedPrecondition, too: a pooler that shares its connections
  // among sessions (pooler_check.h).
  absl::Status WaitUntilReachable();

  // Transactions report here that the database has refused them; readiness asks.
  void NoteRefusal(const absl::Status& refusal);
  // OK, or the refusal of the last 15 s. Never blocks for long.
  absl::Status Refusal() const;

  // From now on sessions are opened with this connection string; those that were opened with another one are
  // closed when they are returned, so no transaction is disturbed. A connection is made with it first; if that
  // fails (errors as Acquire's), the former string stays in use. Blocks for about 5 s at most; returns at once
  // if the string is the same.
  absl::Status UseConninfo(const std::string& conninfo);

  const std::string& name() const { return application_name_; }

 private:
  // The connection string of new sessions.
  std::string conninfo() const;
  std::unique_ptr<Connection> Connect(const std::string& conninfo, int generation) const;
  absl::StatusOr<Lease> TakeOrConnect(absl::Time deadline);
  // Returns an idle session that the server hasn't ended, or none; `closed` gets those that it has ended.
  // mutex_ must be held.
  std::unique_ptr<Connection> TakeIdle(std::vector<std::unique_ptr<Connection>>& closed);
  void GiveBack(std::unique_ptr<Connection> connection);
  // Whether the session that is returned lives on; `closed` gets the others that don't. mutex_ must be
  // held.
  bool Keeps(Connection& returned, std::vector<std::unique_ptr<Connection>>& closed);
  absl::Status Judge(const absl::Status& failure) const;

  const PostgresConfig config_;
  const std::string application_name_;
  const PoolMetrics metrics_;
  Refusals refusals_;
  mutable std::mutex mutex_;
  std::condition_variable given_back_;
  // Guarded by mutex_.
  std::string conninfo_;
  std::vector<std::unique_ptr<Connection>> idle_;
  int lent_ = 0;
  // Sessions of an earlier generation are closed when they are returned.
  int generation_ = 0;
  absl::Time suspects_all_again_at_ = absl::InfinitePast();
};

}  // namespace waybill::postgres
