// Reservations in PostgreSQL: tables reservations and reservation_items.
#pragma once

#include <set>

#include "inventory_svc/application/ports.h"
#include "platform/postgres/transaction.h"

namespace waybill::inventory_svc {

// Borrows the transaction and lives no longer than it. Throws what libpqxx throws.
class PgReservations final : public ReservationStore {
 public:
  explicit PgReservations(postgres::Transaction& tx) : tx_(tx) {}

  Reservations Lock(const std::set<OrderId>& orders) override;
  void Save(const Reservations& reservations) override;
  void AddItems(absl::Span<const Demand> demands) override;

 private:
  postgres::Transaction& tx_;
};

}  // namespace waybill::inventory_svc
