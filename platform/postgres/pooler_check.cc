#include "platform/postgres/pooler_check.h"

#include <pqxx/pqxx>
#include <vector>

#include "platform/postgres/error.h"

namespace waybill::postgres {
namespace {

// A pooler gives the backend that was used last, unless another client comes in between.
constexpr int kOthers = 2;

int BackendIn(pqxx::transaction_base& tx) {
  return tx.exec("SELECT pg_catalog.pg_backend_pid()")[0][0].as<int>();
}

int BackendOf(Connection& session) {
  pqxx::nontransaction tx(session.raw());
  return BackendIn(tx);
}

absl::Status Refused() {
  return absl::FailedPreconditionError(
      "postgres.conninfo: a pooler shares its connections to PostgreSQL among sessions"
      " (pgbouncer's pool_mode = transaction or statement), but prepared statements and settings "
      "need"
      " a connection per session; use pool_mode = session for this user, or connect to PostgreSQL"
      " itself");
}

}  // namespace

absl::Status CheckPooler(Connection& session,
                         absl::FunctionRef<std::unique_ptr<Connection>()> connect) {
  try {
    const int backend = BackendOf(session);
    if (backend == session.raw().backendpid()) return absl::OkStatus();
    // Transactions that stay open, so that what each of them got is taken.
    std::vector<std::unique_ptr<Connection>> others;
    std::vector<std::unique_ptr<pqxx::work>> open;
    for (int i = 0; i < kOthers; ++i) {
      others.push_back(connect());
      open.push_back(std::make_unique<pqxx::work>(others.back()->raw()));
      if (BackendIn(*open.back()) == backend) return Refused();
    }
    return BackendOf(session) == backend ? absl::OkStatus() : Refused();
  } catch (const std::exception& error) {
    return StatusOf(error, "check for a pooler");
  }
}

}  // namespace waybill::postgres
