// UnitOfWork on PostgreSQL.
#pragma once

#include <utility>

#include "payment_svc/application/ports.h"
#include "payment_svc/storage/payment_store.h"
#include "platform/postgres/pool.h"
#include "platform/postgres/run_transaction.h"

namespace waybill::payment_svc {

// Thread-safe. Borrows the pool.
class PostgresUnitOfWork final : public UnitOfWork {
 public:
  PostgresUnitOfWork(postgres::Pool& pool, EventEncoder encode)
      : pool_(pool), encode_(std::move(encode)) {}

  absl::Status Run(const char* name, absl::Time deadline,
                   absl::FunctionRef<absl::Status(PaymentStore&)> work) override {
    return postgres::RunTransaction(pool_, {.name = name, .deadline = deadline},
                                    [&](postgres::Transaction& tx) {
                                      PostgresPaymentStore store(tx, encode_);
                                      return work(store);
                                    });
  }

 private:
  postgres::Pool& pool_;
  const EventEncoder encode_;
};

}  // namespace waybill::payment_svc
