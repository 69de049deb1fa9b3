// Stock events into the outbox, as messages of waybill/events/v1.
#pragma once

#include "inventory_svc/application/ports.h"
#include "platform/postgres/transaction.h"

namespace waybill::inventory_svc {

// Borrows the transaction and lives no longer than it. Throws what libpqxx throws.
class OutboxPublisher final : public EventPublisher {
 public:
  explicit OutboxPublisher(postgres::Transaction& tx) : tx_(tx) {}

  void Publish(absl::Span<const OutgoingChange> changes) override;

 private:
  postgres::Transaction& tx_;
};

}  // namespace waybill::inventory_svc
