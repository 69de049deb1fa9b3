// Transactions of the inventory database.
#pragma once

#include <string_view>

#include "inventory_svc/application/ports.h"
#include "platform/postgres/pool.h"

namespace waybill::inventory_svc {

// Borrows the pool, which must outlive it. Errors are those of postgres::RunTransaction.
// Thread-safe.
class PgUnitOfWork final : public UnitOfWork {
 public:
  explicit PgUnitOfWork(postgres::Pool& pool) : pool_(pool) {}

  absl::Status Run(std::string_view name, absl::Time deadline,
                   absl::FunctionRef<absl::Status(Stores&)> body) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace waybill::inventory_svc
