#include "notification_svc/application/send_due_mails.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "platform/executor/backoff.h"
#include "platform/faults/fault_point.h"
#include "platform/log/log.h"

namespace waybill::notification_svc {
namespace {

using Outcome = Delivery::Outcome;

// A mailbox that is busy or greylists.
constexpr BackoffOptions kDeferredBackoff{
    .initial = absl::Seconds(1), .max = absl::Minutes(5), .factor = 2.0};
// A server that is away, which the pause between rounds is for already.
constexpr BackoffOptions kUnreachableBackoff{
    .initial = absl::Milliseconds(100), .max = absl::Seconds(10), .factor = 2.0};

void LogDelivery(const DueMail& mail, const Delivery& delivery) {
  const std::string order = mail.order.ToString();
  const std::string id = mail.id.ToString();
  switch (delivery.outcome) {
    case Outcome::kSent:
      log::Info("mail sent",
                {{"order_id", order}, {"trace_id", mail.trace.trace_id()}, {"mail_id", id}});
      return;
    case Outcome::kRefused:
      log::Warn("mail refused for good; table mails has the error",
                {{"order_id", order},
                 {"trace_id", mail.trace.trace_id()},
                 {"mail_id", id},
                 {"smtp_code", delivery.code}});
      return;
    case Outcome::kDeferred:
    case Outcome::kUnreachable:
      log::Info("mail not sent yet, trying again", {{"order_id", order},
                                                    {"trace_id", mail.trace.trace_id()},
                                                    {"mail_id", id},
                                                    {"smtp_code", delivery.code},
                                                    {"tries", mail.tries}});
  }
}

bool NobodyCouldBeAsked(const std::vector<Delivery>& deliveries) {
  return std::ranges::all_of(deliveries, [](const Delivery& delivery) {
    return delivery.outcome == Outcome::kUnreachable;
  });
}

}  // namespace

MailResult SendDueMails::ResultOf(const DueMail& mail, const Delivery& delivery) {
  const BackoffOptions& backoff =
      delivery.outcome == Outcome::kUnreachable ? kUnreachableBackoff : kDeferredBackoff;
  return {.id = mail.id,
          .delivery = delivery,
          .due_at = absl::Now() + Backoff::After(mail.tries, backoff, random_)};
}

absl::Status SendDueMails::SettleUnsettled() {
  if (unsettled_.empty()) return absl::OkStatus();
  absl::Status status = queue_.Settle(unsettled_);
  if (status.ok()) unsettled_.clear();
  return status;
}

absl::StatusOr<int> SendDueMails::Round() {
  if (absl::Status status = SettleUnsettled(); !status.ok()) return status;
  const absl::StatusOr<std::vector<DueMail>> mails =
      queue_.Claim(options_.max_in_flight, options_.lease);
  if (!mails.ok()) return mails.status();
  if (mails->empty()) return 0;

  const std::vector<Delivery> deliveries = sender_.Send(*mails);
  for (std::size_t i = 0; i < mails->size(); ++i) {
    unsettled_.push_back(ResultOf((*mails)[i], deliveries[i]));
    metrics_.Count(deliveries[i].outcome);
    LogDelivery((*mails)[i], deliveries[i]);
  }
  faults::Point("notification_svc.sent_not_settled");
  if (absl::Status status = SettleUnsettled(); !status.ok()) return status;
  if (NobodyCouldBeAsked(deliveries)) {
    return absl::UnavailableError(
        absl::StrCat("the SMTP server can't be reached: ", deliveries.front().error));
  }
  return static_cast<int>(mails->size());
}

}  // namespace waybill::notification_svc
