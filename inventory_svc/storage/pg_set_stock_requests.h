// The request ids of SetStock, in the table request_keys.
#pragma once

#include <optional>
#include <vector>

#include "inventory_svc/application/ports.h"
#include "platform/postgres/transaction.h"

namespace waybill::inventory_svc {

// Borrows the transaction and lives no longer than it. Throws what libpqxx throws.
class PgSetStockRequests final : public SetStockRequests {
 public:
  explicit PgSetStockRequests(postgres::Transaction& tx) : tx_(tx) {}

  std::vector<std::optional<absl::StatusOr<StockLevel>>> FirstAnswers(
      absl::Span<const SetStockCommand> commands) override;
  bool Remember(absl::Span<const SetStockCommand> commands,
                absl::Span<const StockLevel> answers) override;

 private:
  postgres::Transaction& tx_;
};

}  // namespace waybill::inventory_svc
