// What the use cases need of the world: small abstract classes that storage/ and gateway/
// implement.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "notification_svc/domain/mail_address.h"
#include "notification_svc/domain/order_mail.h"
#include "platform/trace/trace_context.h"
#include "platform/types/ids.h"

namespace waybill::notification_svc {

// A mail to be written down. Its id is the event's, so that it is the same mail however often it is
// sent.
struct NewMail {
  EventId id;
  OrderId order;
  // The event's number within its order: mails of one order are sent in this order.
  std::int64_t sequence = 0;
  MailAddress recipient;
  MailContent content;
  TraceContext trace;
};

// Belongs to one transaction and lives no longer; one thread. Throws what its storage throws.
class MailStore {
 public:
  virtual ~MailStore() = default;
  // Adds the mails, to be sent as soon as the transaction has committed.
  virtual void Add(absl::Span<const NewMail> mails) = 0;
};

// A mail on its way out. The recipient is as it was stored: whoever sends checks it again.
struct DueMail {
  EventId id;
  OrderId order;
  std::string recipient;
  MailContent content;
  TraceContext trace;
  absl::Time written_at;
  // How often it has been claimed, this time included.
  int tries = 0;
};

// What became of an attempt.
struct Delivery {
  enum class Outcome {
    // The server has taken it.
    kSent,
    // The server refused this mail for good (SMTP 5xx), or it can't be sent at all.
    kRefused,
    // Not now (SMTP 4xx, a connection cut on the way): try again.
    kDeferred,
    // The server could not be asked: try again, and no other mail would fare better.
    kUnreachable,
  };

  Outcome outcome = Outcome::kDeferred;
  // The server's last reply code, 0 when there was none.
  int code = 0;
  // What was wrong, for people; may quote the server, who may quote an address: not for the log.
  std::string error = {};
};

// What the queue is to remember of a mail.
struct MailResult {
  EventId id;
  Delivery delivery;
  // When to try again, for kDeferred and kUnreachable.
  absl::Time due_at;
};

// The mails that wait, in transactions of their own. Thread-safe.
class MailQueue {
 public:
  virtual ~MailQueue() = default;
  // Takes up to `limit` due mails, of each order only the first one not settled yet, and keeps
  // others from them for `lease`. Errors are those of postgres::RunTransaction. Blocks for 10 s at
  // most.
  virtual absl::StatusOr<std::vector<DueMail>> Claim(int limit, absl::Duration lease) = 0;
  // Writes results down, all in one transaction. A mail that was settled before stays so.
  virtual absl::Status Settle(absl::Span<const MailResult> results) = 0;
};

// Hands mails to an SMTP server. One thread at a time.
class MailSender {
 public:
  virtual ~MailSender() = default;
  // One delivery a mail, in order. Blocks until the last is known.
  virtual std::vector<Delivery> Send(absl::Span<const DueMail> mails) = 0;
};

}  // namespace waybill::notification_svc
