// Use case: when an order ends, or a part of it was refunded, writes and queues the mail to its
// buyer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "notification_svc/domain/order_mail.h"
#include "notification_svc/storage/stores.h"
#include "platform/executor/periodic_worker.h"
#include "platform/trace/trace_context.h"
#include "platform/types/ids.h"
#include "platform/types/names.h"

namespace waybill::notification_svc {

// The end of an order, or a refund, of which the buyer is notified.
struct OrderNews {
  enum class Kind { kConfirmed, kCancelled, kRefunded };

  Kind kind = Kind::kConfirmed;
  EventId event;
  // The event's number within its order.
  std::int64_t sequence = 0;
  EmailAddress recipient;
  OrderSummary order;
  // Of kCancelled.
  std::string cancel_reason;
  // Of kRefunded: the amount of this refund, and the sum of all refunds so far.
  Money refund = {};
  Money refunded = {};
  TraceContext trace;
};

// Thread-safe. Borrows the worker that sends mails.
class QueueMails {
 public:
  using Change = OrderNews;
  // The mails that were queued.
  using Outcome = std::vector<NewMail>;

  explicit QueueMails(PeriodicWorker& sender) : sender_(sender) {}

  // Writes one mail per event.
  absl::StatusOr<Outcome> Run(Stores& stores, absl::Span<const OrderNews> news);
  // Logs each mail and wakes the worker, which sends them.
  void OnCommitted(const Outcome& queued);

 private:
  PeriodicWorker& sender_;
};

}  // namespace waybill::notification_svc
