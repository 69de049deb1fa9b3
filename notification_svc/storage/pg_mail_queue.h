// The mails that wait to be sent, in PostgreSQL: table mails.
#pragma once

#include <vector>

#include "notification_svc/application/ports.h"
#include "platform/postgres/pool.h"

namespace waybill::notification_svc {

// Borrows the pool, which must outlive it. Any number of processes may work on one table.
// Thread-safe.
class PgMailQueue final : public MailQueue {
 public:
  explicit PgMailQueue(postgres::Pool& pool) : pool_(pool) {}

  absl::StatusOr<std::vector<DueMail>> Claim(int limit, absl::Duration lease) override;
  absl::Status Settle(absl::Span<const MailResult> results) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace waybill::notification_svc
