// OperatorCallStore records what operators did in the service's database.
#pragma once

#include <cstdint>

#include "platform/grpc/audit.h"
#include "platform/postgres/pool.h"
#include "platform/postgres/transaction.h"
#include "platform/retention/batch.h"

namespace waybill::audit {

// The tables operator_calls and operator_call_ends. The service's role may add to them and read them;
// what is older than 30 days it may delete, by operator_calls_retire. Borrows the pool.
class OperatorCallStore final : public grpc::AuditTrail {
 public:
  explicit OperatorCallStore(postgres::Pool& pool) : pool_(pool) {}

  // Errors as RunUnitOfWork's.
  absl::StatusOr<Uuid> Begin(const grpc::AuditedCall& call, absl::Time deadline) override;
  // Tries for 5 s.
  void End(const Uuid& call, std::string_view outcome) override;

 private:
  postgres::Pool& pool_;
};

// A retention rule (retention/retirement.h). What is younger than 30 days stays, whatever `batch` says.
std::int64_t RetireOperatorCalls(postgres::Transaction& tx, const retention::Batch& batch);

}  // namespace waybill::audit
