// MailStore reads and writes the table mails, which has each mail and its outcome.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "notification_svc/domain/delivery.h"
#include "notification_svc/domain/order_mail.h"
#include "platform/trace/trace_context.h"
#include "platform/types/ids.h"
#include "platform/types/names.h"

namespace waybill::postgres {
class Transaction;
}  // namespace waybill::postgres

namespace waybill::notification_svc {

// A mail to be stored. Its id is the event's, so that it is the same mail however often it is
// sent.
struct NewMail {
  EventId id;
  OrderId order;
  // The event's number within its order: mails of one order are sent in this order.
  std::int64_t sequence = 0;
  EmailAddress recipient;
  MailContent content;
  TraceContext trace;
};

// A mail that is claimed for sending.
struct DueMail {
  EventId id;
  OrderId order;
  EmailAddress recipient;
  MailContent content;
  TraceContext trace;
  absl::Time written_at;
  // How often it has been claimed, this time included.
  int tries = 0;
};

// The outcome of an attempt, as it is stored.
struct MailResult {
  EventId id;
  Delivery delivery;
  // When to retry, where the mail stays pending.
  absl::Time due_at;
};

// Lives no longer than the transaction it borrows. Each method is one statement, however many
// mails. Throws what libpqxx throws.
class MailStore {
 public:
  explicit MailStore(postgres::Transaction& tx) : tx_(tx) {}

  // Inserts new mails, due at once.
  void Add(absl::Span<const NewMail> mails);
  // Claims up to `limit` due mails, of each order only the first one not settled yet, and keeps
  // others from them for `lease`, which begins with the transaction. In no particular order.
  std::vector<DueMail> Claim(int limit, absl::Duration lease);
  // Records outcomes. A mail that was settled before stays so.
  void Settle(absl::Span<const MailResult> results);

 private:
  postgres::Transaction& tx_;
};

}  // namespace waybill::notification_svc
