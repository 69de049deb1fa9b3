// UnitOfWork over a pool of PostgreSQL sessions.
#pragma once

#include "order_svc/application/ports.h"
#include "order_svc/storage/catalog_repository.h"
#include "order_svc/storage/order_repository.h"
#include "platform/postgres/pool.h"
#include "platform/postgres/transaction.h"

namespace waybill::order_svc {

// RequestKeyStore over the table request_keys. Lives as long as the transaction it is given.
class RequestKeyRepository final : public RequestKeyStore {
 public:
  explicit RequestKeyRepository(postgres::Transaction& tx) : tx_(tx) {}
  std::map<RequestKey, Record> Insert(absl::Span<const Record> records) override;
  std::map<RequestKey, Record> Find(absl::Span<const RequestKey> keys) override;

 private:
  postgres::Transaction& tx_;
};

// Thread-safe. Borrows pool and encoder.
class PostgresUnitOfWork final : public UnitOfWork {
 public:
  PostgresUnitOfWork(postgres::Pool& pool, const OrderEventEncoder& encoder)
      : pool_(pool), encoder_(encoder) {}

  absl::Status Run(std::string_view name, absl::Time deadline,
                   absl::FunctionRef<absl::Status(const Stores&)> body) override;

 private:
  postgres::Pool& pool_;
  const OrderEventEncoder& encoder_;
};

}  // namespace waybill::order_svc
