// PaymentStore on PostgreSQL (migrations/payments).
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "payment_svc/application/ports.h"
#include "platform/events/envelope.h"
#include "platform/postgres/transaction.h"

namespace waybill::payment_svc {

// How an event of ours becomes a record for the outbox: the transport's business.
using EventEncoder = std::function<events::OutgoingEvent(const EmittedEvent&)>;

// Lives no longer than the transaction it borrows. Throws what libpqxx throws.
class PostgresPaymentStore final : public PaymentStore {
 public:
  PostgresPaymentStore(postgres::Transaction& tx, const EventEncoder& encode)
      : tx_(tx), encode_(encode) {}

  std::vector<OrderId> InsertMissing(absl::Span<const PaymentRecord> records) override;
  std::vector<PaymentRecord> Lock(absl::Span<const OrderId> orders) override;
  void SaveWanted(absl::Span<const Payment> payments) override;
  std::vector<PaymentRecord> ClaimDue(int limit) override;
  void SaveProgress(absl::Span<const Progress> progress) override;
  void Append(absl::Span<const EmittedEvent> events) override;
  std::optional<PaymentRecord> Find(const OrderId& order) override;

 private:
  postgres::Transaction& tx_;
  const EventEncoder& encode_;
};

}  // namespace waybill::payment_svc
