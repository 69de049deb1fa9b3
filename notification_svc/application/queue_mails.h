// The use case behind every consumed event: write the mail that tells the buyer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "notification_svc/application/ports.h"

namespace waybill::notification_svc {

// An order that came to an end the buyer should hear of.
struct OrderNews {
  enum class Kind { kConfirmed, kCancelled };

  Kind kind = Kind::kConfirmed;
  EventId event;
  // Of the event, within its order.
  std::int64_t sequence = 0;
  MailAddress recipient;
  OrderSummary order;
  // Of kCancelled.
  std::string cancel_reason;
  TraceContext trace;
};

// Writes one mail an event, in the transaction of the store. Returns them; they count once the
// caller has committed.
std::vector<NewMail> QueueMails(MailStore& store, absl::Span<const OrderNews> news);

// One line a mail. Call after the commit.
void LogQueued(absl::Span<const NewMail> mails);

}  // namespace waybill::notification_svc
