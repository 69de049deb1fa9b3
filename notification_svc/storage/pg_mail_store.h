// New mails in PostgreSQL: table mails.
#pragma once

#include "notification_svc/application/ports.h"
#include "platform/postgres/transaction.h"

namespace waybill::notification_svc {

// Borrows the transaction and lives no longer than it. Throws what libpqxx throws.
class PgMailStore final : public MailStore {
 public:
  explicit PgMailStore(postgres::Transaction& tx) : tx_(tx) {}

  void Add(absl::Span<const NewMail> mails) override;

 private:
  postgres::Transaction& tx_;
};

}  // namespace waybill::notification_svc
